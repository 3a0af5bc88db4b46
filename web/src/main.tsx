// Begins: takes up session, theme and address, and draws the page.

import './styles/base.css';
import './styles/parts.css';
import './styles/pages.css';
import './styles/mails.css';
import './styles/scores.css';
import './styles/station.css';
import { render } from 'preact';
import { App } from './app';
import { follow } from './route';
import { loadWords } from './state/look';
import { comeBack } from './state/provider';
import { restore, session } from './state/session';

restore();
comeBack();
const arrived = follow();
// Whoever signs in first does not wait for a page.
Promise.all([loadWords(), session.value && arrived]).then(() => {
  // What start.js shows if this is never reached.
  document.getElementById('failed')?.remove();
  const root = document.getElementById('app');
  if (root) render(<App />, root);
});
