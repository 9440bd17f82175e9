// Finds text whatever its accents and case.

export const searchKey = (text) => text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();

// matches returns the indices of the first keys that contain a text. Keys are made by searchKey.
export function matches(keys, text, limit) {
  const wanted = searchKey(text), found = [];
  for (let i = 0; wanted && i < keys.length && found.length < limit; i++) if (keys[i].includes(wanted)) found.push(i);
  return found;
}
