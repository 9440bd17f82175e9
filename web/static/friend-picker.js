// Shows who will be in the mosaic, as tiles that can be left out: the friends on a network, or the photos
// that were chosen.
import { acceptFiles } from './file-drop.js';
import { say } from './texts.js';

const at = (id) => document.getElementById(id);
const networks = ['mastodon', 'bluesky', 'github'];
const maxTiles = 600; // beyond them only a number is shown
const colours = 6;    // .tile0 to .tile5 in the style sheet

// friendPicker follows the form, and returns addTo, which adds the choices to what is sent.
export function friendPicker(form) {
  let people = [], leftOut = new Set(), notes = [];
  let list = '', query = ''; // the server's name of the list, and what was asked for
  let lookUp = new AbortController();
  let own; // photos, once there are any
  const ownLeftOut = new Set();
  const source = () => form.elements.source.value;

  function clear() {
    lookUp.abort();
    lookUp = new AbortController();
    own?.hide();
    people = [];
    leftOut = new Set();
    list = query = '';
    notes = [];
    at('faces').replaceChildren();
    at('faces').hidden = true;
    at('count').textContent = '';
  }

  function tile(person) {
    const item = document.createElement('li'), face = document.createElement('button');
    face.type = 'button';
    face.className = `face tile${colourIndex(person.id)}`;
    face.dataset.id = person.id;
    face.title = person.name || person.handle || person.id;
    face.setAttribute('aria-pressed', !leftOut.has(person.id));
    face.setAttribute('aria-label', face.title);
    face.append(initials(face.title)); // until the picture has loaded
    if (person.picture) showPicture(face, person.picture);
    face.addEventListener('click', () => {
      const leave = !leftOut.has(person.id);
      if (leave) leftOut.add(person.id);
      else leftOut.delete(person.id);
      face.setAttribute('aria-pressed', !leave);
      face.setAttribute('aria-label', leave ? say('faces.out', { name: face.title }) : face.title);
      form.dispatchEvent(new Event('change'));
      showCount();
    });
    item.append(face);
    return item;
  }

  function showPicture(face, address) {
    const picture = document.createElement('img');
    picture.alt = '';
    picture.loading = 'lazy';
    picture.width = picture.height = 40;
    picture.src = address;
    picture.addEventListener('load', () => face.firstChild !== picture && face.firstChild.remove());
    picture.addEventListener('error', () => picture.remove());
    face.append(picture);
  }

  function addPeople(more) {
    const known = new Set(people.map(({ id }) => id));
    const fresh = more.filter(({ id }) => !known.has(id) && known.add(id));
    const room = Math.max(0, maxTiles - people.length);
    people.push(...fresh);
    at('faces').append(...fresh.slice(0, room).map(tile));
    if (people.length > maxTiles) {
      const rest = at('faces').querySelector('.rest') ?? document.createElement('li');
      rest.className = 'rest hint';
      rest.textContent = say('faces.more', { n: people.length - maxTiles });
      at('faces').append(rest);
    }
    at('faces').hidden = people.length === 0;
  }

  function showCount() {
    const parts = people.length ? [say('count.all', { n: people.length - leftOut.size })] : [];
    if (leftOut.size) parts.push(say('count.out', { n: leftOut.size }));
    if (own && source() === 'upload') parts.push(...own.notes());
    at('count').textContent = [...parts, ...notes].join(' ');
  }

  // gather looks up a network's list, page after page.
  async function gather() {
    const direction = form.elements.direction.value;
    const wanted = new URLSearchParams({ source: source(), handle: at('handle').value.trim(), direction });
    if (query === String(wanted)) return;
    clear();
    showProblem('');
    if (!wanted.get('handle')) return;
    query = String(wanted);
    const { signal } = lookUp;
    at('gather').disabled = true;
    at('count').textContent = say('count.gathering', { n: 0 });
    try {
      for (let page = wanted; ;) {
        const answer = await fetch(`/api/v1/friends?${page}`, {
          headers: { Accept: 'application/json', 'Accept-Language': document.documentElement.lang }, signal,
        });
        const body = await answer.json();
        if (signal.aborted) return;
        if (!answer.ok) {
          refused(body);
          return;
        }
        list = body.list;
        addPeople(body.people.map((person) => ({ ...person, picture: person.thumb })));
        notes = [];
        if (body.without_photo) notes.push(say('count.without', { n: body.without_photo }));
        if (body.withheld) notes.push(say('count.withheld', { n: body.withheld }));
        if (!body.next) break;
        at('count').textContent = body.total > body.count ? say('count.of', { n: body.count, total: body.total }) : say('count.gathering', { n: body.count });
        page = new URLSearchParams({ cursor: body.next });
      }
      showCount();
    } catch {
      if (signal.aborted) return;
      at('count').textContent = say('count.lost');
      query = '';
    } finally {
      if (!signal.aborted) at('gather').disabled = false;
    }
  }

  function refused({ code, detail, errors, suggestions }) {
    query = '';
    showProblem(errors?.find(({ field }) => field === 'handle')?.message ?? detail ?? say('count.lost'));
    at('count').replaceChildren(...(suggestions ?? []).map((name) => {
      const suggestion = document.createElement('button');
      suggestion.type = 'button';
      suggestion.className = 'button';
      suggestion.textContent = say(code === 'moved' ? 'count.moved' : 'count.perhaps', { name });
      suggestion.addEventListener('click', () => { at('handle').value = name; gather(); });
      return suggestion;
    }));
  }

  function showProblem(sentence) {
    at('problem-handle').textContent = sentence;
    at('problem-handle').hidden = !sentence;
    at('handle').toggleAttribute('aria-invalid', Boolean(sentence));
  }

  // The list of faces, for own photos.
  const faces = {
    add: addPeople, find: (id) => at('faces').querySelector(`[data-id="${id}"]`), picture: showPicture, count: showCount,
    drop(id) {
      people = people.filter((person) => person.id !== id);
      leftOut.delete(id);
      faces.find(id)?.parentElement.remove();
      at('faces').hidden = people.length === 0;
    },
  };

  function showOwn() {
    if (!own || source() !== 'upload') return;
    leftOut = ownLeftOut;
    own.show();
  }

  // addFiles adds what was chosen. If that script cannot be loaded, the form sends the files as they are.
  async function addFiles() {
    const files = [...at('photos').files];
    if (!files.length) return;
    const module = own ? undefined : await import('./own-faces.js').catch(() => undefined);
    own ??= module?.ownFaces(form, faces);
    if (own) {
      at('photos').value = '';
      own.own.add(files);
      showOwn();
    } else at('count').textContent = say('photos.chosen', { n: files.length });
  }

  form.addEventListener('change', ({ target }) => {
    if (target.name === 'source') clear();
    if (target.name === 'source') showOwn();
    if (networks.includes(source()) && ['source', 'direction', 'handle'].includes(target.name)) gather();
  });
  at('gather').hidden = false;
  at('gather').addEventListener('click', () => {
    if (!at('handle').value.trim()) showProblem(say('handle.needed'));
    else gather();
  });
  at('handle').addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || people.length) return;
    event.preventDefault(); // the first Enter looks up, the next one sends
    gather();
  });
  at('photos').addEventListener('change', addFiles);
  acceptFiles(form, at('photos'), at('target'));

  if (networks.includes(source()) && at('handle').value) gather();
  return {
    // count is how many people will be in the mosaic; undefined where only the server will know.
    count() {
      if (source() === 'upload') return own ? own.own.people(leftOut) : at('photos').files.length || 0;
      if (source() === 'links') return at('links').value.split('\n').filter((line) => /https?:/i.test(line)).length;
      return list && !at('gather').disabled ? people.length - leftOut.size : undefined;
    },
    own: () => (source() === 'upload' ? own?.own : undefined),
    // addTo returns the files that stand for what is not in the data itself.
    addTo(data) {
      if (source() === 'upload') {
        if (!own) return [];
        const { friends, leaveOut, files } = own.own.request(leftOut);
        data.delete('photos');
        data.append('friends', JSON.stringify(friends));
        for (const id of leaveOut) data.append('leave_out', id);
        return files;
      }
      if (networks.includes(source())) {
        if (list) data.append('list', list);
        for (const id of leftOut) data.append('leave_out', id);
      }
      return [];
    },
  };
}

export const initials = (name) => name.replace(/^@/, '').split(/[\s._-]+/).filter(Boolean).slice(0, 2).map((word) => [...word][0]).join('').toUpperCase();

// colourIndex chooses the colour of a tile, always the same one for an id.
export function colourIndex(id) {
  let hash = 7;
  for (const c of id) hash = (hash * 31 + c.codePointAt(0)) >>> 0;
  return hash % colours;
}
