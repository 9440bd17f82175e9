// Remembers what was asked for, files and all, in this browser alone: so that a mosaic that every
// server has forgotten can be asked for again, and one can be made anew without somebody.

const most = 6; // requests

function store(mode, act) {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open('smalti', 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore('asked', { keyPath: 'id' }).createIndex('when', 'when');
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const db = opening.result, change = db.transaction('asked', mode);
      const answer = act(change.objectStore('asked'));
      change.oncomplete = () => { db.close(); resolve(answer?.result); };
      change.onabort = change.onerror = () => { db.close(); reject(change.error); };
    };
  });
}

// remember keeps the fields of a form under the id of its mosaic. A browser that keeps nothing, or
// has no room, does without.
export async function remember(id, fields) {
  await store('readwrite', (all) => {
    all.put({ id, when: Date.now(), fields });
    const old = all.index('when').getAllKeys();
    old.onsuccess = () => old.result.slice(0, -most).forEach((key) => all.delete(key));
  }).catch(() => {});
}

// recall returns the fields, as pairs of name and value, or undefined.
export const recall = (id) => store('readonly', (all) => all.get(id)).then((asked) => asked?.fields, () => undefined);

export const forget = (id) => store('readwrite', (all) => all.delete(id)).catch(() => {});

// ask sends fields, and returns what the server says. send goes wrong as fetch does.
export async function ask(fields, key) {
  const data = new FormData();
  for (const [name, value] of fields) data.append(name, name === 'key' ? key : value);
  const answer = await fetch('/api/v1/mosaics', {
    method: 'POST', body: data, headers: { Accept: 'application/json', 'Accept-Language': document.documentElement.lang, 'Idempotency-Key': key },
  });
  return { accepted: answer.status === 202, body: await answer.json().catch(() => ({})) };
}

export const newKey = () => [...crypto.getRandomValues(new Uint8Array(26))].map((b) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'[b & 31]).join('');
