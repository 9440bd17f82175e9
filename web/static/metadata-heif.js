// Finds what a camera wrote into a HEIC or AVIF file beside the picture.

const text = (bytes, at) => String.fromCharCode(...bytes.subarray(at, at + 4));
const u16 = (bytes, at) => (bytes[at] << 8) | bytes[at + 1];
const u32 = (bytes, at) => u16(bytes, at) * 65_536 + u16(bytes, at + 2);

// boxes lists the boxes between two places (ISO/IEC 14496-12, 4.2).
function boxes(bytes, from, to) {
  const all = {};
  for (let at = from; at + 8 <= to;) {
    const size = u32(bytes, at);
    if (size < 8) break; // up to the end, or of more than 4 GB: only the data are
    all[text(bytes, at + 4)] ??= { from: at + 8, to: Math.min(at + size, to) };
    at += size;
  }
  return all;
}

// metadataOf finds the extents of the items of types Exif and mime.
export function metadataOf(bytes) {
  const { meta } = boxes(bytes, 0, bytes.length);
  if (!meta) return [];
  const { iinf, iloc, idat } = boxes(bytes, meta.from + 4, meta.to);
  if (!iinf || !iloc) return [];
  const ids = itemsIn(bytes, iinf);
  return extentsIn(bytes, iloc).filter(({ id }) => ids.has(id)).map(({ method, from, length }) => {
    const start = method === 1 && idat ? idat.from + from : from;
    return { from: start, to: start + length };
  });
}

// itemsIn reads the item information (8.11.6), and returns the ids.
function itemsIn(bytes, { from, to }) {
  const ids = new Set();
  for (let at = from + (bytes[from] === 0 ? 6 : 8); at + 20 <= to && u32(bytes, at) >= 8; at += u32(bytes, at)) {
    const wide = bytes[at + 8] === 3 ? 2 : 0, id = wide ? u32(bytes, at + 12) : u16(bytes, at + 12);
    if (['Exif', 'mime'].includes(text(bytes, at + 16 + wide))) ids.add(id);
  }
  return ids;
}

// extentsIn reads where items are (8.11.3).
function extentsIn(bytes, { from, to }) {
  const version = bytes[from], all = [];
  let at = from + 4;
  const read = (size) => {
    let value = 0;
    for (; size > 0; size--) value = value * 256 + bytes[at++];
    return value;
  };
  const sizes = [bytes[at] >> 4, bytes[at] & 15, bytes[at + 1] >> 4, version > 0 ? bytes[at + 1] & 15 : 0];
  at += 2;
  for (let items = read(version < 2 ? 2 : 4); items > 0 && at < to; items--) {
    const id = read(version < 2 ? 2 : 4), method = version > 0 ? read(2) & 15 : 0;
    at += 2;
    const base = read(sizes[2]);
    for (let extents = read(2); extents > 0 && at < to; extents--) {
      at += sizes[3];
      all.push({ id, method, from: base + read(sizes[0]), length: read(sizes[1]) });
    }
  }
  return all;
}
