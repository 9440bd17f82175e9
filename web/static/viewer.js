// The viewer of a mosaic: zooming, panning, who is who, and where somebody is.
import { say } from './texts.js';
import { layout } from './layout.js';
import { mosaicCanvas } from './mosaic-canvas.js';
import { Viewport } from './viewport.js';
import { camera } from './camera.js';
import { friendSearch } from './friend-search.js';
import { linked, names } from './people.js';

const at = (id) => document.getElementById(id);
const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const walkScale = 24; // CSS pixels of a cell from which arrow keys go from face to face

// viewer covers the preview, which is loaded already. selected is called with the friends who are
// highlighted, with none when nobody is any more. show takes another mosaic in place of this one, with the view as it is.
export async function viewer(plan, folder, selected) {
  const element = at('viewer'), closest = ({ atlas }) => Math.max(160, 2 * atlas.tile);
  let mosaic = layout(plan), canvas = await mosaicCanvas(element, mosaic, folder);
  const viewport = new Viewport(mosaic.width, mosaic.height, closest(plan));
  const friendsOf = (face) => mosaic.faces[face].friends.map((i) => plan.friends[i]);
  const label = hoverLabel(element, viewport);
  let highlighted, current = 0; // places of one face, and the one last visited

  element.hidden = false;
  at('zoom-buttons').hidden = false;
  const cam = camera(element, viewport, {
    draw() {
      const [left, top] = viewport.corner();
      canvas.draw({ left, top, scale: viewport.scale, highlighted });
      if (canvas.blurred(viewport.scale)) canvas.sharpen();
      if (highlighted || canvas.wantsPhotos(viewport.scale)) canvas.loadPhotos();
      at('zoom-out').disabled = at('whole').disabled = viewport.isWhole();
      at('zoom-in').disabled = viewport.scale >= viewport.maxScale;
      label.move();
    },
    tapped(x, y) {
      const place = mosaic.at(x, y);
      if (!place || highlighted?.[0].face === place.face) clear();
      else select(place.face, place);
    },
    hovered(x, y) {
      const place = mosaic.at(x, y);
      if (place === label.place) return;
      label.show(place, place && names(friendsOf(place.face)));
      if (place && !highlighted) describe(place.face);
    },
  });
  canvas.setPreview(at('preview'));

  function describe(face) {
    if (at('who').dataset.face === String(face)) return;
    at('who').dataset.face = face;
    const uses = document.createElement('span');
    uses.className = 'hint';
    const n = mosaic.placesOfFace[face].length;
    uses.textContent = say(n ? 'wander.uses' : 'wander.none', { n });
    at('who').replaceChildren(...linked(friendsOf(face)), ' ', uses);
  }

  // select highlights every place of a face. It flies to the first one, unless it was chosen by its place.
  function select(face, place) {
    const places = mosaic.placesOfFace[face];
    describe(face);
    if (!places.length) return clear();
    highlighted = places;
    at('selected').hidden = false;
    at('next').hidden = highlighted.length < 2;
    history.replaceState(history.state, '', `${location.pathname}${location.search}#friend=${encodeURIComponent(friendsOf(face)[0].id)}`);
    current = Math.max(0, highlighted.indexOf(place));
    if (!place) visit(true);
    selected(friendsOf(face));
    cam.redraw();
  }
  const selectFriend = (friend) => select(mosaic.faces.findIndex(({ friends }) => friends.includes(friend)));

  function clear() {
    highlighted = undefined;
    at('selected').hidden = true;
    history.replaceState(history.state, '', location.pathname + location.search);
    selected([]);
    cam.redraw();
  }

  const flyTo = ({ x, y, span }, scale, ms) => cam.fly(x + span / 2, y + span / 2, scale, ms);

  // visit flies to the current place: at first no closer than its surroundings can be recognised.
  function visit(first) {
    const side = Math.min(element.clientWidth, element.clientHeight);
    flyTo(highlighted[current], first ? Math.min(viewport.maxScale, side / (9 * highlighted[current].span)) : viewport.scale);
  }

  // walk goes to the neighbouring face, and says who it is.
  function walk([dx, dy]) {
    const from = mosaic.at(viewport.x, viewport.y);
    if (!from) return;
    const half = from.span / 2, to = mosaic.at(from.x + half + dx * (half + 0.5), from.y + half + dy * (half + 0.5));
    if (!to) return;
    flyTo(to, viewport.scale, 160);
    describe(to.face);
  }

  at('zoom-in').addEventListener('click', () => cam.zoom(1.8));
  at('zoom-out').addEventListener('click', () => cam.zoom(1 / 1.8));
  at('whole').addEventListener('click', () => cam.home());
  at('close').addEventListener('click', () => { clear(); element.focus({ preventScroll: true }); });
  at('next').addEventListener('click', () => { current = (current + 1) % highlighted.length; visit(viewport.isWhole()); });
  if (document.fullscreenEnabled) {
    at('fullscreen').hidden = false;
    at('fullscreen').addEventListener('click', () => (document.fullscreenElement ? document.exitFullscreen() : at('picture').requestFullscreen()));
  }
  element.addEventListener('pointerleave', () => label.show());

  // With the keyboard, the centre of the view is what a pointer would point at.
  element.addEventListener('keydown', (event) => {
    const arrow = arrows[event.key];
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    if (arrow && viewport.scale >= walkScale) walk(arrow);
    else if (arrow) cam.pan(-arrow[0] * 80, -arrow[1] * 80);
    else if (event.key === '+' || event.key === '=') cam.zoom(1.4);
    else if (event.key === '-') cam.zoom(1 / 1.4);
    else if (event.key === '0') cam.home();
    else if (event.key === 'Escape' && highlighted) clear();
    else if (event.key === 'Enter') {
      const place = mosaic.at(viewport.x, viewport.y);
      if (place) select(place.face, place);
    } else return;
    event.preventDefault();
  });

  const searchAmong = friendSearch(at('q'), at('found'), selectFriend);
  searchAmong(plan.friends);

  // A link may point at a friend.
  function selectLinked() {
    const id = new URLSearchParams(location.hash.slice(1)).get('friend');
    const friend = id ? plan.friends.findIndex((f) => f.id === id) : -1;
    if (friend >= 0) selectFriend(friend);
  }
  addEventListener('hashchange', selectLinked);
  selectLinked();

  async function show(other, from) {
    const next = layout(other), nextCanvas = await mosaicCanvas(element, next, from);
    if (highlighted) clear();
    label.show();
    delete at('who').dataset.face;
    canvas.remove();
    [plan, mosaic, canvas] = [other, next, nextCanvas];
    viewport.reshape(mosaic.width, mosaic.height, closest(plan));
    searchAmong(plan.friends);
    canvas.setPreview(at('preview'));
    cam.redraw();
  }
  return { viewport, camera: cam, renderer: canvas.renderer(), show };
}

// hoverLabel is the name below the place that the mouse is over, or above it near the lower edge.
function hoverLabel(element, viewport) {
  const label = at('hover-label');
  const self = {
    place: undefined,
    show(place, text) {
      self.place = place;
      label.hidden = !place;
      if (!place) return;
      label.textContent = text;
      self.move();
    },
    move() {
      if (!self.place) return;
      const { x, y, span } = self.place, [left, top] = viewport.corner(), margin = label.offsetWidth / 2 + 4;
      const centre = Math.min(element.clientWidth - margin, Math.max(margin, (x + span / 2 - left) * viewport.scale));
      const below = (y + span - top) * viewport.scale + 6, above = (y - top) * viewport.scale - 38;
      label.style.transform = `translate(calc(${centre}px - 50%), ${below + 42 < element.clientHeight ? below : above}px)`;
    },
  };
  return self;
}
