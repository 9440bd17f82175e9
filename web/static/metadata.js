// Finds and removes what cameras write into photos beside the picture: where and when it was taken, and with what.

const text = (bytes, at, length = 4) => String.fromCharCode(...bytes.subarray(at, at + length));
const u16 = (bytes, at) => (bytes[at] << 8) | bytes[at + 1];
const u32 = (bytes, at) => u16(bytes, at) * 65_536 + u16(bytes, at + 2);

// carriesMetadata reports whether the bytes of a JPEG, PNG, GIF or WebP hold more than a picture and its colours. Other
// formats, and what cannot be followed, count as if they did.
export function carriesMetadata(bytes) {
  if (u16(bytes, 0) === 0xffd8) return jpegCarries(bytes);
  if (text(bytes, 1, 3) === 'PNG') return pngCarries(bytes);
  if (text(bytes, 0, 4) === 'RIFF' && text(bytes, 8) === 'WEBP') return webpCarries(bytes);
  return text(bytes, 0, 3) !== 'GIF' || includes(bytes, 'XMP DataXMP');
}

// In JPEG (T.81, annex B), APP0 is JFIF, APP2 the ICC profile, and APP14 says how colours are stored.
function jpegCarries(bytes) {
  for (let at = 2; at + 4 <= bytes.length && bytes[at] === 0xff;) {
    const marker = bytes[at + 1];
    if (marker === 0xda) return false;
    if ((marker >= 0xe0 && ![0xe0, 0xe2, 0xee].includes(marker)) || (marker === 0xe2 && text(bytes, at + 4, 11) !== 'ICC_PROFILE')) return true;
    at += 2 + u16(bytes, at + 2);
  }
  return true;
}

function pngCarries(bytes) {
  for (let at = 8; at + 8 <= bytes.length; at += 12 + u32(bytes, at)) {
    const type = text(bytes, at + 4);
    if (type === 'IEND') return at + 12 < bytes.length;
    if (['eXIf', 'tEXt', 'zTXt', 'iTXt', 'tIME'].includes(type)) return true;
  }
  return true;
}

function webpCarries(bytes) {
  for (let at = 12; at + 8 <= bytes.length;) {
    if (['EXIF', 'XMP '].includes(text(bytes, at))) return true;
    const size = bytes[at + 4] + bytes[at + 5] * 256 + bytes[at + 6] * 65_536 + bytes[at + 7] * 16_777_216;
    at += 8 + size + (size % 2);
  }
  return false;
}

function includes(bytes, word) {
  const codes = [...word].map((c) => c.charCodeAt(0));
  for (let at = bytes.indexOf(codes[0]); at >= 0; at = bytes.indexOf(codes[0], at + 1)) if (codes.every((c, i) => bytes[at + i] === c)) return true;
  return false;
}

const maxMeta = 4 << 20; // bytes in which the tables of a HEIC file are

// withoutMetadata overwrites EXIF and XMP in a HEIC or AVIF file with zeros: nothing moves, and the picture is turned by
// properties of its own (ISO/IEC 23008-12, 6.5.10). Other files stay as they are.
export async function withoutMetadata(file) {
  const bytes = new Uint8Array(await file.slice(0, maxMeta).arrayBuffer());
  if (text(bytes, 4) !== 'ftyp') return file;
  const parts = [];
  let at = 0;
  for (const { from, length } of metadataOf(bytes).sort((a, b) => a.from - b.from)) {
    if (from < at || from + length > file.size) continue;
    parts.push(file.slice(at, from), new Uint8Array(length));
    at = from + length;
  }
  return parts.length ? new Blob([...parts, file.slice(at)], { type: file.type }) : file;
}

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
function metadataOf(bytes) {
  const { meta } = boxes(bytes, 0, bytes.length);
  if (!meta) return [];
  const { iinf, iloc, idat } = boxes(bytes, meta.from + 4, meta.to);
  if (!iinf || !iloc) return [];
  const ids = itemsIn(bytes, iinf);
  return extentsIn(bytes, iloc).filter(({ id }) => ids.has(id)).map(({ method, from, length }) => ({ from: method === 1 && idat ? idat.from + from : from, length }));
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
