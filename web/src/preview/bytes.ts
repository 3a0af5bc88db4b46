// The first bytes of a file, unpacked where it is packed, and what kind of file they are of.

export const HEAD_BYTES = 1 << 18;

export interface Head {
  kind: 'text' | 'gzip' | 'workbook' | 'foreign';
  bytes: Uint8Array;
  /** Whether the bytes are all there is. */
  whole: boolean;
}

export async function readHead(file: Blob): Promise<Head> {
  const bytes = new Uint8Array(await file.slice(0, HEAD_BYTES).arrayBuffer());
  const whole = file.size <= HEAD_BYTES;
  const starts = (...mark: number[]) => mark.every((byte, index) => bytes[index] === byte);
  if (starts(0x1f, 0x8b)) return { kind: 'gzip', ...(await unpack(bytes, whole)) };
  if (starts(0x50, 0x4b, 0x03, 0x04) || starts(0x50, 0x4b, 0x05, 0x06))
    return { kind: 'workbook', bytes, whole };
  const isForeign =
    starts(0x25, 0x50, 0x44, 0x46) || starts(0xd0, 0xcf, 0x11, 0xe0) || isMarkup(bytes);
  return { kind: isForeign ? 'foreign' : 'text', bytes, whole };
}

/** Web pages and JSON documents, as tables are sometimes sent. */
function isMarkup(bytes: Uint8Array): boolean {
  const start = new TextDecoder().decode(bytes.subarray(0, 200)).trimStart();
  return /^(<(!doctype|html|\?xml|table|meta)|\{\s*"|\[\s*[{[])/i.test(start);
}

async function unpack(packed: Uint8Array<ArrayBuffer>, whole: boolean) {
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream('gzip'));
  const reader = stream.getReader();
  const pieces: Uint8Array[] = [];
  let length = 0;
  let isEnd = false;
  try {
    while (length < HEAD_BYTES && !isEnd) {
      const { value, done } = await reader.read();
      isEnd = done;
      if (value) {
        pieces.push(value);
        length += value.length;
      }
    }
    if (!isEnd) await reader.cancel();
  } catch {
    // The slice ends in the middle of the packed text: what was unpacked until then is enough.
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return { bytes, whole: whole && isEnd };
}
