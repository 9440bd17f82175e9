// Names people after the files of their photos, by the same rule as the servers (pkg/friends, filename.go).

const most = 80; // characters
const endings = /(\.(jpg|jpeg|jpe|jfif|pjpeg|png|apng|gif|webp|bmp|dib|ico|avif|heic|heif|hif|tif|tiff|jxl))+$/i;

// joins recognises what Persian words, families of emoji and flags are made with.
const joins = (c) => c === '\u200c' || c === '\u200d' || (c >= '\u{e0020}' && c <= '\u{e007f}');

const base = (path) => path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);

// nameOfFile is without folders and endings. The number is for a file whose name says nothing.
export function nameOfFile(path, number) {
  const whole = base(path), name = printable(whole.replace(endings, '').replaceAll('_', ' '));
  return whole.includes('\ufffd') || !/[\p{L}\p{N}\p{S}]/u.test(name) ? `photo ${number}` : name;
}

function printable(name) {
  const clean = name.slice(0, 16 * most).replace(/\p{White_Space}/gu, ' ').replace(/[\p{Cc}\p{Cf}\p{Cs}\ufffd]/gu, (c) => (joins(c) ? c : '')).normalize('NFC');
  const letters = [...clean.split(' ').filter(Boolean).join(' ')];
  if (letters.length > most) letters.length = most;
  else return letters.join('');
  while (letters.length && (letters.at(-1) === ' ' || joins(letters.at(-1)))) letters.pop();
  return letters.join('');
}

// isHidden recognises what operating systems put beside photos.
export function isHidden(path) {
  return ['thumbs.db', 'desktop.ini'].includes(base(path).toLowerCase()) || path.split(/[/\\]/).some((part) => {
    const name = part.replace(/^\.+/, '');
    return part === '__MACOSX' || (name !== part && `.${name}`.replace(endings, '') !== '' && name !== '');
  });
}

// isBeside recognises what phones put beside photos: the moving part of a Live Photo, edits and notes.
export const isBeside = (path) => /\.(mov|mp4|aae|xmp|json)$/i.test(path);

// originals is the set of those paths whose photos are there as edited on an iPhone, too.
export function originals(paths) {
  const name = (path) => base(path).replace(endings, '').toUpperCase();
  const key = (path, as) => `${path.slice(0, path.length - base(path).length)}/${as}`;
  const pictures = paths.filter((path) => base(path).replace(endings, '') !== base(path));
  const replaced = new Set(pictures.filter((path) => /^IMG_E[0-9]/.test(name(path))).map((path) => key(path, name(path).replace('E', ''))));
  return new Set(pictures.filter((path) => replaced.has(key(path, name(path)))));
}
