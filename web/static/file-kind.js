// What a file is.

// kindOf looks into it, whatever it is called: photo, zip or other.
export async function kindOf(file) {
  const bytes = new Uint8Array(await file.slice(0, 12).arrayBuffer().catch(() => new ArrayBuffer(0)));
  const head = String.fromCharCode(...bytes), brand = head.slice(4, 8) === 'ftyp' ? head.slice(8, 12) : '';
  const begins = (...words) => words.some((word) => head.startsWith(word));
  if (begins('PK\x03\x04', 'PK\x05\x06')) return 'zip';
  if (/^(video|audio|text)\//.test(file.type) || begins('%PDF', 'ID3') || /^(mp4|isom|qt|M4)/.test(brand)) return 'other';
  const known = brand || head.endsWith('WEBP') || begins('\xff\xd8', '\x89PNG', 'GIF8', 'BM', '\0\0\x01\0', 'II*\0', 'MM\0*', '\xff\x0a', '\0\0\0\x0cJXL ');
  return known || file.type.startsWith('image/') ? 'photo' : 'other';
}
