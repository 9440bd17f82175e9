// Opens zip files in the browser (PKWARE APPNOTE 6.3.10), within the limits of the servers (pkg/friends, zip.go).

const maxDirectory = 2 << 20; // bytes
const maxEntries = 11_000;
const maxRatio = 100, largeForRatio = 1 << 20; // pictures are compressed already
const localHeader = 30, directoryHeader = 46, directoryEnd = 22, maxComment = 65_535; // bytes; 4.3.7, 4.3.12, 4.3.16
const stored = 0, deflated = 8;

// canUnpack tells of browsers that have no streams of that kind, or, like Chrome before 103, only those for the web.
function canUnpack() {
  try {
    return Boolean(new DecompressionStream('deflate-raw'));
  } catch {
    return false;
  }
}

// openZip lists the files in a zip file: path, size, locked, and open, which resolves to a Blob. It rejects where the file
// is damaged, of a newer kind, or holds more than its size can.
export async function openZip(file) {
  if (!canUnpack()) throw new Error('this browser cannot unpack');
  const { at, count, start } = await directory(file);
  const entries = [];
  for (let i = 0, pos = 0; i < count; i++) {
    if (pos + directoryHeader > at.byteLength || at.getUint32(pos, true) !== 0x02014b50) throw new Error('damaged directory');
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((field) => at.getUint16(pos + field, true));
    const [packed, size, , , offset] = [20, 24, 28, 32, 42].map((field) => at.getUint32(pos + field, true));
    const bytes = (from, length) => new Uint8Array(at.buffer, at.byteOffset + pos + directoryHeader + from, length);
    entries.push({
      flags: at.getUint16(pos + 8, true), method: at.getUint16(pos + 10, true), packed, size, offset: start + offset,
      name: bytes(0, nameLength), extra: bytes(nameLength, extraLength),
    });
    pos += directoryHeader + nameLength + extraLength + commentLength;
  }
  check(entries, file.size);
  const paths = await pathsOf(entries);
  return entries.map((entry, i) => ({
    path: paths[i], size: entry.size, locked: Boolean(entry.flags & 1), open: () => unpack(file, entry),
  })).filter(({ path, size }) => !(path.endsWith('/') || (path.endsWith('\\') && size === 0)));
}

const view = async (blob) => new DataView(await blob.arrayBuffer());

// directory finds the directory, and where the offsets in it begin.
async function directory(file) {
  const from = Math.max(0, file.size - directoryEnd - maxComment), tail = await view(file.slice(from));
  let pos = tail.byteLength - directoryEnd;
  while (pos >= 0 && !(tail.getUint32(pos, true) === 0x06054b50 && pos + directoryEnd + tail.getUint16(pos + 20, true) <= tail.byteLength)) pos--;
  if (pos < 0) throw new Error('no directory');
  const count = tail.getUint16(pos + 10, true), size = tail.getUint32(pos + 12, true), offset = tail.getUint32(pos + 16, true);
  const begin = from + pos - size, start = begin - offset;
  if (count === 0xffff || offset === 0xffffffff) throw new Error('zip64');
  if (count > maxEntries || size > maxDirectory || begin < 0 || start < 0) throw new Error('too many entries');
  return { at: await view(file.slice(begin, from + pos)), count, start };
}

// check refuses what would unpack to far more than its size: high ratios, and entries that overlap.
function check(entries, fileSize) {
  let end = 0;
  for (const { packed, size, offset } of [...entries].sort((a, b) => a.offset - b.offset)) {
    if (size === 0xffffffff || offset < end || (size > largeForRatio && size / maxRatio > packed)) throw new Error('holds too much');
    end = offset + localHeader + packed;
  }
  if (end > fileSize - directoryEnd) throw new Error('holds too much');
}

async function unpack(file, { method, packed, size, offset }) {
  const head = await view(file.slice(offset, offset + localHeader));
  if (head.byteLength < localHeader || head.getUint32(0, true) !== 0x04034b50) throw new Error('damaged entry');
  const start = offset + localHeader + head.getUint16(26, true) + head.getUint16(28, true);
  const data = file.slice(start, start + packed);
  if (method === stored) return data;
  if (method !== deflated) throw new Error('unknown method');
  const reader = data.stream().pipeThrough(new DecompressionStream('deflate-raw')).getReader(), chunks = [];
  for (let left = size; ;) {
    const { done, value } = await reader.read();
    if (done && left === 0) return new Blob(chunks);
    left -= value?.length ?? 0;
    if (done || left < 0) {
      reader.cancel().catch(() => {});
      throw new Error('not as long as it says');
    }
    chunks.push(value);
  }
}

// pathsOf: what is marked as UTF-8 or is UTF-8; Info-ZIP's field; or a guess.
async function pathsOf(entries) {
  const paths = entries.map(({ flags, name, extra }) => (flags & 0x800 ? utf8(name) : undefined) ?? pathInExtra(extra, name) ?? utf8(name));
  const unknown = entries.filter((_, i) => paths[i] === undefined);
  if (!unknown.length) return paths;
  const { decodeNames } = await import('./code-pages.js');
  const guessed = decodeNames(unknown.map(({ name }) => name));
  return paths.map((path) => path ?? guessed.shift());
}

function utf8(bytes) {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

// pathInExtra reads the Unicode path (4.6.9), unless it belongs to another name.
function pathInExtra(extra, name) {
  const at = new DataView(extra.buffer, extra.byteOffset, extra.length);
  for (let pos = 0; pos + 4 <= extra.length;) {
    const id = at.getUint16(pos, true), size = at.getUint16(pos + 2, true), field = pos + 4;
    pos = field + size;
    if (pos > extra.length) return undefined;
    if (id !== 0x7075 || size < 5 || extra[field] !== 1 || at.getUint32(field + 1, true) !== crc32(name)) continue;
    const path = utf8(extra.subarray(field + 5, pos));
    if (path !== undefined) return path;
  }
  return undefined;
}

function crc32(bytes) {
  let crc = -1;
  for (const b of bytes) {
    crc ^= b;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}
