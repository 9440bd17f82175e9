// The photos that a person chose: each is made small, sent ahead, and followed until it is ready or refused.
import { batches } from './batches.js';
import { kindOf } from './file-kind.js';
import { isBeside, isHidden, nameOfFile, originals } from './photo-names.js';
import { shrunk } from './shrinkers.js';
import { openZip } from './zip.js';

const side = 768; // pixels; the servers' tiles are smaller
const maxPhotos = 5000;
const atOnce = 3; // photos that are opened and made small
const maxUnpacked = 256 << 20; // bytes of one file in a zip

// ownPhotos keeps the list of photos. changed is told of each one that is new or whose state has changed: opening,
// waiting, shrinking, sending, ready, refused, and gone for what was nothing but a container of others.
export function ownPhotos({ address, maxBytes, say, changed }) {
  const all = [], sender = batches(address);
  const chosen = new Set(); // to tell what is chosen twice
  const queue = []; // of what is to be opened
  let busy = 0, opened = 0, numbers = 0, settled = Promise.resolve(), settle;

  function set(photo, state, more) {
    Object.assign(photo, more, { state });
    changed(photo);
  }

  // begin and end count what is still to come: the last batch need not be full.
  function begin() {
    if (busy++ === 0) settled = new Promise((resolve) => { settle = resolve; });
  }
  function end() {
    if (--busy === 0) settle();
    flush();
  }
  function flush() {
    if (all.every(({ state }) => !['opening', 'waiting', 'shrinking'].includes(state))) sender.flush();
  }

  function note(path, open) {
    const photo = { id: `own ${numbers}`, path, open, name: nameOfFile(path, ++numbers), state: 'waiting', photos: [] };
    const tooMany = shown().length >= maxPhotos;
    all.push(photo);
    if (tooMany) set(photo, 'refused', { why: say('refused.many', { limit: maxPhotos }) });
    else changed(photo);
    return photo;
  }

  // follow takes a photo from its file to the servers.
  async function follow(photo) {
    if (photo.state === 'refused') return;
    begin();
    try {
      await turn();
      let more;
      try {
        more = await prepare(photo);
      } finally {
        opened--;
        queue.shift()?.();
      }
      if (more) await send(photo);
    } catch (problem) {
      refuse(photo, problem);
    } finally {
      end();
    }
  }

  function refuse(photo, { message }) {
    set(photo, 'refused', { why: message || say('refused.lost'), lost: !message });
  }

  // turn resolves when another photo may be opened.
  async function turn() {
    if (opened >= atOnce) await new Promise((resolve) => { queue.push(resolve); });
    opened++;
  }

  // prepare resolves to whether there is something to send.
  async function prepare(photo) {
    const file = await photo.open();
    const kind = await kindOf(file);
    if (kind === 'zip' && await unpack(photo, file)) return false;
    if (kind === 'other') throw new Error(say('refused.kind'));
    set(photo, 'shrinking');
    const { blob, seen } = kind === 'zip' ? { blob: file, seen: false } : await shrunk(file, side);
    if (!seen && blob.size > maxBytes) throw new Error(say('refused.large', { size: megabytes(blob.size), limit: megabytes(maxBytes) }));
    set(photo, 'sending', { blob, picture: seen ? URL.createObjectURL(blob) : undefined });
    return true;
  }

  async function send(photo) {
    const sent = sender.send({ blob: photo.blob, name: sentName(photo) });
    flush();
    const { photos = [], refused = [] } = await sent;
    if (!photos.length) throw new Error(refused[0]?.message);
    set(photo, 'ready', { photos });
    for (const { name, message } of refused) set(note(name), 'refused', { why: message }); // in a zip
  }

  // unpack makes the files in a zip photos of their own. What cannot be opened here is sent as it is.
  async function unpack(photo, file) {
    set(photo, 'opening');
    const entries = await openZip(file).catch(() => undefined);
    if (!entries) return false;
    set(photo, 'gone');
    const replaced = originals(entries.map(({ path }) => path));
    const inside = entries.filter(({ path }) => !isHidden(path) && !isBeside(path) && !replaced.has(path));
    if (!inside.length) throw new Error(say('refused.empty'));
    for (const { path, size, locked, open } of inside) {
      follow(note(path, async () => {
        if (locked) throw new Error(say('refused.locked'));
        if (size > maxUnpacked) throw new Error(say('refused.large', { size: megabytes(size), limit: megabytes(maxUnpacked) }));
        return open().catch(() => { throw new Error(say('refused.unreadable')); });
      }));
    }
    return true;
  }

  const shown = () => all.filter(({ state }) => state !== 'gone' && state !== 'refused');

  return {
    all,
    add(files) {
      const pathOf = (file) => file.webkitRelativePath || file.name;
      const replaced = originals(Array.from(files, pathOf));
      for (const file of files) {
        const path = pathOf(file), same = `${path} ${file.size} ${file.lastModified}`;
        if (isHidden(path) || (isBeside(path) && files.length > 1) || replaced.has(path) || chosen.has(same)) continue;
        chosen.add(same);
        follow(Object.assign(note(path, async () => file), { chosen: same }));
      }
    },
    // remove forgets a file, which can then be chosen again.
    remove(photo) {
      all.splice(all.indexOf(photo), 1);
      chosen.delete(photo.chosen);
      changed(photo);
    },

    // people is how many are on the photos without those left out, as far as is known: undefined while there is a zip file
    // that only the servers can open.
    people(leftOut) {
      const here = shown().filter(({ id }) => !leftOut.has(id));
      if (here.some(({ state, path }) => state === 'opening' || (state !== 'ready' && /\.zip$/i.test(path)))) return undefined;
      return here.reduce((n, { photos }) => n + Math.max(1, photos.length), 0);
    },
    counts: () => ({ ready: all.filter(({ state }) => state === 'ready').length, n: shown().length }),

    // settled resolves when every photo is ready or refused.
    async settled() {
      for (let before; before !== settled;) {
        before = settled;
        await before;
      }
    },

    // again sends once more what got lost on its way or, where the servers did not keep it, everything.
    async again(everything) {
      for (const photo of all.filter(({ state, lost }) => lost || (everything && state === 'ready'))) {
        set(photo, 'sending', { lost: false });
        begin();
        send(photo).catch((problem) => refuse(photo, problem)).finally(end);
      }
      await this.settled();
    },

    // request returns what a request names and leaves out, and the files for one that is made later.
    request(leftOut) {
      const friends = [], leaveOut = [], files = [];
      for (const photo of all.filter(({ state, id, photos }) => state === 'ready' && (photos.length > 1 || !leftOut.has(id)))) {
        files.push(new File([photo.blob], sentName(photo)));
        for (const { name, photo: at } of photo.photos) {
          friends.push({ name: photo.photos.length > 1 ? name : photo.name, photo: at });
          if (leftOut.has(photo.id)) leaveOut.push(String(friends.length).padStart(4, '0'));
        }
      }
      return { friends, leaveOut, files };
    },
  };
}

// sentName lets the servers find the same name.
const sentName = ({ path, name }) => (/\.zip$/i.test(path) ? path : `${name}.jpg`);

const megabytes = (bytes) => `${Math.ceil(bytes / 1e6)} MB`;
