// Shows who is going to be in the mosaic as soon as it is known, as tiles of glass to leave out.
import { say } from './texts.js';

const at = (id) => document.getElementById(id);
const networks = ['mastodon', 'bluesky', 'github'];
const most = 600;   // tiles; of more people there is only the number
const glass = 6;    // kinds of tile in the style sheet

// faces follows the form, and returns add, which tells the server whom to leave out.
export function faces(form) {
  let people = [], out = new Set(), list = '', asked = '', stop = new AbortController(), notes = [];
  const source = () => form.elements.source.value;
  const drawn = new Map(); // id to its tile

  function empty() {
    stop.abort();
    stop = new AbortController();
    for (const { picture } of people) if (picture?.startsWith('blob:')) URL.revokeObjectURL(picture);
    people = [];
    out = new Set();
    list = asked = '';
    notes = [];
    drawn.clear();
    at('faces').replaceChildren();
    at('faces').hidden = true;
    at('count').textContent = '';
  }

  function tile(person) {
    const item = document.createElement('li'), face = document.createElement('button');
    face.type = 'button';
    face.className = `face glass${hash(person.id) % glass}`;
    face.title = person.name || person.handle || person.id;
    face.setAttribute('aria-pressed', 'true');
    face.setAttribute('aria-label', face.title);
    const letters = new Text(initials(face.title)); // until the picture is there
    face.append(letters);
    if (person.picture) {
      const picture = document.createElement('img');
      picture.alt = '';
      picture.loading = 'lazy';
      picture.width = picture.height = 40;
      picture.src = person.picture;
      picture.addEventListener('load', () => letters.remove());
      picture.addEventListener('error', () => picture.remove());
      face.append(picture);
    }
    face.addEventListener('click', () => {
      const leave = !out.has(person.id);
      if (leave) out.add(person.id);
      else out.delete(person.id);
      face.setAttribute('aria-pressed', !leave);
      face.setAttribute('aria-label', leave ? say('faces.out', { name: face.title }) : face.title);
      form.dispatchEvent(new Event('change'));
      count();
    });
    item.append(face);
    drawn.set(person.id, face);
    return item;
  }

  function show(more) {
    const known = new Set(people.map(({ id }) => id));
    const fresh = more.filter(({ id }) => !known.has(id) && known.add(id));
    const room = Math.max(0, most - people.length);
    people.push(...fresh);
    at('faces').append(...fresh.slice(0, room).map(tile));
    if (people.length > most) {
      const rest = at('faces').querySelector('.rest') ?? document.createElement('li');
      rest.className = 'rest hint';
      rest.textContent = say('faces.more', { n: people.length - most });
      at('faces').append(rest);
    }
    at('faces').hidden = people.length === 0;
  }

  function count() {
    const parts = people.length ? [say('count.all', { n: people.length - out.size })] : [];
    if (out.size) parts.push(say('count.out', { n: out.size }));
    at('count').textContent = [...parts, ...notes].join(' ');
  }

  // gather asks for page after page of a network's list.
  async function gather() {
    const direction = form.elements.direction.value;
    const wanted = new URLSearchParams({ source: source(), handle: at('handle').value.trim(), direction });
    if (asked === String(wanted)) return;
    empty();
    complain('');
    if (!wanted.get('handle')) return;
    asked = String(wanted);
    const mine = stop.signal;
    at('gather').disabled = true;
    at('count').textContent = say('count.gathering', { n: 0 });
    try {
      for (let query = wanted; ;) {
        const answer = await fetch(`/api/v1/friends?${query}`, {
          headers: { Accept: 'application/json', 'Accept-Language': document.documentElement.lang }, signal: mine,
        });
        const body = await answer.json();
        if (mine.aborted) return;
        if (!answer.ok) {
          refused(body);
          return;
        }
        list = body.list;
        show(body.people.map((person) => ({ ...person, picture: person.thumb })));
        notes = [];
        if (body.without_photo) notes.push(say('count.without', { n: body.without_photo }));
        if (body.withheld) notes.push(say('count.withheld', { n: body.withheld }));
        if (!body.next) break;
        at('count').textContent = body.total > body.count ? say('count.of', { n: body.count, total: body.total }) : say('count.gathering', { n: body.count });
        query = new URLSearchParams({ cursor: body.next });
      }
      count();
    } catch (err) {
      if (mine.aborted) return;
      at('count').textContent = say('count.lost');
      asked = '';
    } finally {
      if (!mine.aborted) at('gather').disabled = false;
    }
  }

  function refused({ code, detail, errors, suggestions }) {
    asked = '';
    complain(errors?.find(({ field }) => field === 'handle')?.message ?? detail ?? say('count.lost'));
    at('count').replaceChildren(...(suggestions ?? []).map((name) => {
      const perhaps = document.createElement('button');
      perhaps.type = 'button';
      perhaps.className = 'button';
      perhaps.textContent = say(code === 'moved' ? 'count.moved' : 'count.perhaps', { name });
      perhaps.addEventListener('click', () => { at('handle').value = name; gather(); });
      return perhaps;
    }));
  }

  function complain(sentence) {
    at('problem-handle').textContent = sentence;
    at('problem-handle').hidden = !sentence;
    at('handle').toggleAttribute('aria-invalid', Boolean(sentence));
  }

  // taken shows the files that were chosen: here a face is a file.
  function taken() {
    empty();
    const files = [...at('photos').files];
    if (!files.length) return;
    const bytes = files.reduce((sum, file) => sum + file.size, 0);
    const size = bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} KB` : `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;
    show(files.filter((file) => file.type.startsWith('image/')).map((file, i) => ({
      id: `file ${i}`, name: file.name.replace(/\.[^.]+$/, '').replace(/[_-]+/g, ' '), file, picture: URL.createObjectURL(file),
    })));
    notes = [say('photos.chosen', { n: files.length, size })];
    count();
  }

  form.addEventListener('change', ({ target }) => {
    if (target.name === 'source') empty();
    if (target.name === 'source' && source() === 'upload') taken();
    if (networks.includes(source()) && ['source', 'direction', 'handle'].includes(target.name)) gather();
  });
  at('gather').hidden = false;
  at('gather').addEventListener('click', () => {
    if (!at('handle').value.trim()) complain(say('handle.needed'));
    else gather();
  });
  at('handle').addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || people.length) return;
    event.preventDefault(); // first see who they are, then send
    gather();
  });
  at('photos').addEventListener('change', taken);
  bring(form, at('drop'), at('photos'));

  if (networks.includes(source()) && at('handle').value) gather();
  return {
    add(data) {
      if (source() === 'upload') {
        const files = new Map(people.map(({ file, id }) => [file, id]));
        const photos = data.getAll('photos').filter((file) => !out.has(files.get(file)));
        data.delete('photos');
        for (const photo of photos) data.append('photos', photo);
      } else if (networks.includes(source())) {
        if (list) data.append('list', list);
        for (const id of out) data.append('leave_out', id);
      }
    },
  };
}

// bring takes a folder, and files that are dropped anywhere on the form.
function bring(form, place, input) {
  const give = (files) => {
    const all = new DataTransfer();
    for (const file of files) all.items.add(file);
    input.files = all.files;
    input.dispatchEvent(new Event('change', { bubbles: true }));
  };
  at('folder').hidden = false;
  at('folder-photos').addEventListener('change', ({ target }) => give([...target.files].filter(wanted)));
  form.addEventListener('dragover', (event) => {
    if (![...event.dataTransfer.types].includes('Files')) return;
    event.preventDefault();
    place.classList.add('over');
  });
  form.addEventListener('dragleave', () => place.classList.remove('over'));
  form.addEventListener('drop', async (event) => {
    if (event.target.type === 'file' || ![...event.dataTransfer.types].includes('Files')) return;
    event.preventDefault();
    place.classList.remove('over');
    const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
    const files = entries.length ? (await Promise.all(entries.map(inside))).flat() : [...event.dataTransfer.files];
    form.querySelector('#source-upload').click();
    give(files.filter(wanted));
  });
}

const wanted = (file) => file.type.startsWith('image/') || /\.zip$/i.test(file.name);

// inside lists the files below a dropped file or folder.
async function inside(entry) {
  if (entry.isFile) return new Promise((resolve) => entry.file((file) => resolve([file]), () => resolve([])));
  const reader = entry.createReader(), all = [];
  for (;;) {
    const some = await new Promise((resolve) => reader.readEntries(resolve, () => resolve([])));
    if (!some.length) return (await Promise.all(all.map(inside))).flat();
    all.push(...some);
  }
}

const initials = (name) => name.replace(/^@/, '').split(/[\s._-]+/).filter(Boolean).slice(0, 2).map((word) => [...word][0]).join('').toUpperCase();

function hash(text) {
  let h = 7;
  for (const c of text) h = (h * 31 + c.codePointAt(0)) >>> 0;
  return h;
}
