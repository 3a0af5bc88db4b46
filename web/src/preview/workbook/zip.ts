// A workbook's file: a ZIP archive. Only its directory is read, and of a part as much as is asked
// for. <https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT>, 4.3.

/** The directory's end: 22 bytes, and a comment of at most 64 KiB. */
const TAIL_BYTES = 22 + 0xffff;
/** A directory of tens of thousands of parts. Workbooks have tens. */
const DIRECTORY_BYTES = 4 << 20;

const DIRECTORY_END = 0x06054b50;
const ENTRY = 0x02014b50;
const LOCAL_HEADER = 0x04034b50;
const STORED = 0;
const DEFLATED = 8;

interface Entry {
  at: number;
  packedBytes: number;
  method: number;
  isEncrypted: boolean;
}

/** What reading may take, so that no file, whatever is in it, keeps a person waiting. */
export class Budget {
  private readonly until: number;

  constructor(
    milliseconds: number,
    private readonly partBytes: number,
  ) {
    this.until = performance.now() + milliseconds;
  }

  /** Whether a part may be read on of which so much was unpacked. */
  allows(unpackedBytes: number): boolean {
    return unpackedBytes <= this.partBytes && performance.now() < this.until;
  }
}

export class Package {
  private constructor(
    private readonly file: Blob,
    private readonly entries: Map<string, Entry>,
    private readonly budget: Budget,
  ) {}

  static async open(file: Blob, budget: Budget): Promise<Package> {
    const tailAt = Math.max(0, file.size - TAIL_BYTES);
    const tail = await view(file, tailAt, file.size);
    let end = tail.byteLength - 22;
    while (end >= 0 && tail.getUint32(end, true) !== DIRECTORY_END) end -= 1;
    if (end < 0) throw new Error('the directory is missing');
    const bytes = tail.getUint32(end + 12, true);
    const start = tail.getUint32(end + 16, true);
    // Archives of more than 4 GiB say so elsewhere; the server reads no workbook of that size.
    if (bytes > DIRECTORY_BYTES || start + bytes > file.size)
      throw new Error('the directory is odd');
    return new Package(file, entriesOf(await view(file, start, start + bytes)), budget);
  }

  has(name: string): boolean {
    return this.entries.has(name.toLowerCase());
  }

  /** The text of a part, piece by piece: as much as the budget allows. Without the part, nothing. */
  async *text(name: string): AsyncGenerator<string, 'whole' | 'cut off'> {
    const entry = this.entries.get(name.toLowerCase());
    if (!entry) return 'whole';
    const reader = (await this.unpacked(entry)).getReader();
    const decoder = new TextDecoder();
    let bytes = 0;
    try {
      while (this.budget.allows(bytes)) {
        const { value, done } = await reader.read();
        if (done) return 'whole';
        bytes += value.length;
        yield decoder.decode(value, { stream: true });
      }
      return 'cut off';
    } finally {
      // Whoever has seen enough stops here: the rest is not read from the disk either.
      await reader.cancel().catch(() => {});
    }
  }

  private async unpacked(entry: Entry): Promise<ReadableStream<Uint8Array>> {
    if (entry.isEncrypted) throw new Error('a part is encrypted');
    const header = await view(this.file, entry.at, entry.at + 30);
    if (header.getUint32(0, true) !== LOCAL_HEADER) throw new Error('a part is not in its place');
    const start = entry.at + 30 + header.getUint16(26, true) + header.getUint16(28, true);
    const packed = this.file.slice(start, start + entry.packedBytes).stream();
    if (entry.method === STORED) return packed;
    if (entry.method !== DEFLATED) throw new Error('a part is packed in another way');
    return packed.pipeThrough(new DecompressionStream('deflate-raw'));
  }
}

function entriesOf(directory: DataView): Map<string, Entry> {
  const entries = new Map<string, Entry>();
  let at = 0;
  while (at + 46 <= directory.byteLength && directory.getUint32(at, true) === ENTRY) {
    const nameBytes = directory.getUint16(at + 28, true);
    const otherBytes = directory.getUint16(at + 30, true) + directory.getUint16(at + 32, true);
    const nameAt = directory.byteOffset + at + 46;
    const name = new TextDecoder().decode(new Uint8Array(directory.buffer, nameAt, nameBytes));
    // Some programs write `\` for `/`, or other capitals. Of two equal names the first counts.
    const known = name.replaceAll('\\', '/').replace(/^\//, '').toLowerCase();
    if (!entries.has(known)) {
      entries.set(known, {
        at: directory.getUint32(at + 42, true),
        packedBytes: directory.getUint32(at + 20, true),
        method: directory.getUint16(at + 10, true),
        isEncrypted: (directory.getUint16(at + 8, true) & 1) === 1,
      });
    }
    at += 46 + nameBytes + otherBytes;
  }
  return entries;
}

async function view(file: Blob, from: number, to: number): Promise<DataView> {
  return new DataView(await file.slice(from, to).arrayBuffer());
}
