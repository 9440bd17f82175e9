// Finds and removes what cameras write into photos beside the picture: where and when it was taken, and with what.
import { metadataOf as ofHEIF } from './metadata-heif.js';

const text = (bytes, at, length = 4) => String.fromCharCode(...bytes.subarray(at, at + length));
const u16 = (bytes, at) => (bytes[at] << 8) | bytes[at + 1];
const u32 = (bytes, at) => u16(bytes, at) * 65_536 + u16(bytes, at + 2);

// carriesMetadata reports whether the bytes of a JPEG, PNG, GIF or WebP hold more than a picture and its colours. Other
// formats, and what cannot be followed, count as if they did.
export function carriesMetadata(bytes) {
  if (text(bytes, 0, 3) === 'GIF') return includes(bytes, 'XMP DataXMP');
  const { spans, whole } = extrasIn(bytes);
  return !whole || spans.length > 0;
}

// withoutMetadata takes EXIF, XMP, comments and what lies behind the picture out of a JPEG or PNG, and overwrites them
// with zeros in WebP, HEIC and AVIF, where everything has its place. A JPEG stays as upright as it was; a HEIC is turned by
// properties of its own (ISO/IEC 23008-12, 6.5.10). Other files stay as they are.
export async function withoutMetadata(file) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  const parts = [];
  let done = 0;
  for (const { from, to, put } of extrasIn(bytes).spans.sort((a, b) => a.from - b.from)) {
    if (from < done || to > bytes.length) continue;
    parts.push(bytes.subarray(done, from), put ?? new Uint8Array(to - from));
    done = to;
  }
  return parts.length ? new Blob([...parts, bytes.subarray(done)], { type: file.type }) : file;
}

// extrasIn lists where a file says more than its picture and colours, and whether all of it could be followed. A span is
// replaced by put, or by zeros.
function extrasIn(bytes) {
  if (u16(bytes, 0) === 0xffd8) return inJPEG(bytes);
  if (text(bytes, 1, 3) === 'PNG') return inPNG(bytes);
  if (text(bytes, 0, 4) === 'RIFF' && text(bytes, 8) === 'WEBP') return inWebP(bytes);
  return { spans: text(bytes, 4) === 'ftyp' ? ofHEIF(bytes) : [], whole: false };
}

const nothing = new Uint8Array(0);

// In JPEG (T.81, annex B), APP0 is JFIF, APP2 the ICC profile, and APP14 says how colours are stored.
function inJPEG(bytes) {
  const spans = [];
  let at = 2;
  while (bytes[at] === 0xff && at + 2 <= bytes.length) {
    const marker = bytes[at + 1], to = at + 2 + u16(bytes, at + 2);
    if (marker === 0xd9) {
      if (at + 2 < bytes.length) spans.push({ from: at + 2, to: bytes.length, put: nothing });
      return { spans, whole: true };
    }
    if ((marker >= 0xe0 && ![0xe0, 0xe2, 0xee].includes(marker)) || (marker === 0xe2 && text(bytes, at + 4, 11) !== 'ICC_PROFILE')) {
      spans.push({ from: at, to: Math.min(to, bytes.length), put: marker === 0xe1 ? turnOnly(bytes, at) : nothing });
    }
    at = marker === 0xff ? at + 1 : marker === 0xda ? endOfScan(bytes, to) : to;
  }
  return { spans, whole: false };
}

// endOfScan finds the next marker that is neither a stuffed byte nor a restart (B.1.1.2 and B.1.1.5).
function endOfScan(bytes, from) {
  let at = bytes.indexOf(0xff, from);
  while (at >= 0 && (bytes[at + 1] === 0 || (bytes[at + 1] & 0xf8) === 0xd0)) at = bytes.indexOf(0xff, at + 2);
  return at < 0 ? bytes.length : at;
}

// turnOnly makes an EXIF segment that says nothing but how to turn the picture, if the segment there says so: tag 0x0112
// of the first directory (Exif 2.32, 4.6.4).
function turnOnly(bytes, at) {
  const tiff = at + 10;
  if (text(bytes, at + 4) !== 'Exif') return nothing;
  const little = bytes[tiff] === 0x49;
  const two = (i) => (little ? bytes[i] | (bytes[i + 1] << 8) : u16(bytes, i));
  const list = tiff + (little ? two(tiff + 4) + two(tiff + 6) * 65_536 : u32(bytes, tiff + 4));
  for (let i = 0, entry = list + 2; i < two(list) && entry + 12 <= bytes.length; i++, entry += 12) {
    const turn = two(entry + 8) || two(entry + 10); // a SHORT, or a LONG
    if (two(entry) === 0x0112 && turn > 1 && turn <= 8) {
      return new Uint8Array([0xff, 0xe1, 0, 34, 69, 120, 105, 102, 0, 0, 77, 77, 0, 42, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, turn, 0, 0, 0, 0, 0, 0]);
    }
  }
  return nothing;
}

function inPNG(bytes) {
  const spans = [];
  for (let at = 8; at + 12 <= bytes.length;) {
    const type = text(bytes, at + 4), to = Math.min(at + 12 + u32(bytes, at), bytes.length);
    if (['eXIf', 'tEXt', 'zTXt', 'iTXt', 'tIME'].includes(type)) spans.push({ from: at, to, put: nothing });
    at = to;
    if (type === 'IEND') {
      if (at < bytes.length) spans.push({ from: at, to: bytes.length, put: nothing });
      return { spans, whole: true };
    }
  }
  return { spans, whole: false };
}

function inWebP(bytes) {
  const spans = [];
  for (let at = 12; at + 8 <= bytes.length;) {
    const size = bytes[at + 4] + bytes[at + 5] * 256 + bytes[at + 6] * 65_536 + bytes[at + 7] * 16_777_216;
    if (['EXIF', 'XMP '].includes(text(bytes, at))) spans.push({ from: at + 8, to: Math.min(at + 8 + size, bytes.length) });
    at += 8 + size + (size % 2);
  }
  return { spans, whole: true };
}

function includes(bytes, word) {
  const codes = [...word].map((c) => c.charCodeAt(0));
  for (let at = bytes.indexOf(codes[0]); at >= 0; at = bytes.indexOf(codes[0], at + 1)) if (codes.every((c, i) => bytes[at + i] === c)) return true;
  return false;
}
