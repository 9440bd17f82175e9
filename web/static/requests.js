// Sends requests for mosaics, and remembers them, files and all, in this browser only: so that one can be
// sent again when every server lost it, or without a friend.

const maxRemembered = 6;

// transaction uses the object store "asked" of the database "smalti".
function transaction(mode, use) {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open('smalti', 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore('asked', { keyPath: 'id' }).createIndex('when', 'when');
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const db = opening.result, change = db.transaction('asked', mode);
      const answer = use(change.objectStore('asked'));
      change.oncomplete = () => { db.close(); resolve(answer?.result); };
      change.onabort = change.onerror = () => { db.close(); reject(change.error); };
    };
  });
}

// remember stores the fields of a request under the id of its mosaic. Where storage is full or not
// allowed, it does nothing.
export async function remember(id, fields) {
  await transaction('readwrite', (all) => {
    all.put({ id, when: Date.now(), fields });
    const old = all.index('when').getAllKeys();
    old.onsuccess = () => old.result.slice(0, -maxRemembered).forEach((key) => all.delete(key));
  }).catch(() => {});
}

// recall returns the fields as pairs of name and value, or undefined.
export const recall = (id) => transaction('readonly', (all) => all.get(id)).then((request) => request?.fields, () => undefined);

export const forget = (id) => transaction('readwrite', (all) => all.delete(id)).catch(() => {});

// submit sends fields with an idempotency key. It rejects where the server cannot be reached.
export async function submit(fields, key) {
  const data = new FormData();
  for (const [name, value] of fields) data.append(name, name === 'key' ? key : value);
  const answer = await fetch('/api/v1/mosaics', {
    method: 'POST', body: data, headers: { Accept: 'application/json', 'Accept-Language': document.documentElement.lang, 'Idempotency-Key': key },
  });
  return { accepted: answer.status === 202, body: await answer.json().catch(() => ({})) };
}
