// Shows a person's own photos among the faces, each with how far it is, and beside them those that cannot be used.
import { ownPhotos } from './own-photos.js';
import { say } from './texts.js';

const drawEvery = 60; // ms

// ownFaces needs the form and the list of faces: add, find and drop by id, and count.
export function ownFaces(form, list) {
  const dirty = new Set(), refused = document.createElement('div');
  let drawing, shown = false;
  const own = ownPhotos({
    address: '/api/v1/photos', maxBytes: Number(form.dataset.maxBytes), say,
    changed(photo) {
      dirty.add(photo);
      drawing ??= setTimeout(draw, drawEvery);
    },
  });
  refused.className = 'refused';
  refused.id = 'refused';
  document.getElementById('faces').after(refused);

  function draw() {
    drawing = undefined;
    if (shown) {
      const photos = [...dirty];
      list.add(photos.filter(({ id, state }) => !isOut(state) && !list.find(id)));
      photos.forEach(drawOne);
      drawRefused();
      list.count();
    }
    dirty.clear();
  }

  function drawOne({ id, state, picture }) {
    if (isOut(state)) list.drop(id);
    const face = list.find(id);
    if (!face) return;
    if (state === 'ready') delete face.dataset.state;
    else face.dataset.state = state;
    face.setAttribute('aria-description', state === 'ready' ? '' : say(`faces.${state}`));
    if (picture && !face.querySelector('img')) list.picture(face, picture);
  }

  function drawRefused() {
    const all = own.all.filter(({ state }) => state === 'refused');
    refused.hidden = !all.length;
    if (!all.length) return;
    const title = document.createElement('p'), items = document.createElement('ul');
    title.textContent = say('refused.title', { n: all.length });
    items.append(...all.map((photo) => {
      const { path, why } = photo;
      const item = document.createElement('li'), name = document.createElement('b');
      name.dir = 'auto';
      name.textContent = path;
      item.append(name, ' ', why, ' ', remover(photo));
      return item;
    }));
    refused.replaceChildren(title, items);
  }

  function remover(photo) {
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'remove';
    button.textContent = say('refused.remove');
    button.setAttribute('aria-label', say('refused.removal', { name: photo.path }));
    button.addEventListener('click', () => {
      own.remove(photo);
      draw();
      (refused.querySelector('button:not([hidden])') ?? document.getElementById('photos')).focus();
    });
    return button;
  }

  return {
    own,
    // show is for when the source is chosen, hide for when another one is.
    show() {
      shown = true;
      own.all.forEach((photo) => dirty.add(photo));
      draw();
    },
    hide() {
      shown = false;
      refused.hidden = true;
    },
    // notes are sentences on how far everything is.
    notes() {
      const { ready, n } = own.counts(), out = own.all.filter(({ state }) => state === 'refused').length;
      return [...(ready < n ? [say('photos.ready', { done: ready, n })] : []), ...(out ? [say('refused.title', { n: out })] : [])];
    },
  };
}

const isOut = (state) => state === 'refused' || state === 'gone';
