// Says that a part of the console could not be loaded, and what to do.

import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { words } from '../state/look';
import { Note } from './basics';

export function NotLoaded({ onAgain }: { onAgain: () => void }) {
  const t = words.value.trouble;
  const isOnline = useSignal(navigator.onLine);
  useEffect(() => {
    const change = () => {
      isOnline.value = navigator.onLine;
      if (navigator.onLine) onAgain();
    };
    addEventListener('online', change);
    addEventListener('offline', change);
    return () => {
      removeEventListener('online', change);
      removeEventListener('offline', change);
    };
  }, [onAgain]);
  // With a network the file is gone, as that of an older release is, or the browser remembers that it
  // was not to be had. A reload ends both; without a network it would leave nothing to look at.
  return (
    <Note kind="bad">
      <p>{isOnline.value ? t.stale : t.offline}</p>
      <button type="button" onClick={isOnline.value ? () => location.reload() : onAgain}>
        {isOnline.value ? t.reload : t.again}
      </button>
    </Note>
  );
}
