// The finished mosaic to wander in: nearer and further, who is who, and where somebody stands.
import { say } from './texts.js';
import { layout } from './layout.js';
import { stage } from './mosaic-canvas.js';
import { camera } from './camera.js';
import { finder } from './friend-search.js';
import { link, names } from './people.js';

const at = (id) => document.getElementById(id);
const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

// wander puts a stage over the preview, which is there already. What is chosen is told to
// chose(people), with nobody where nothing is chosen any more.
export async function wander(plan, folder, chose) {
  const mosaic = layout(plan), element = at('stage'), label = at('label');
  const glass = await stage(element, mosaic, { folder });
  const near = Math.max(160, 2 * plan.atlas.tile); // CSS pixels of a cell, at most
  const people = (face) => mosaic.faces[face].friends.map((i) => plan.friends[i]);
  let lit, here, turn = 0; // the places that are lit, the one that is pointed at, the one last shown

  element.hidden = false;
  at('lenses').hidden = false;
  const view = camera(element, { width: mosaic.width, height: mosaic.height, nearest: near }, {
    show() {
      const [left, top] = view.corner();
      glass.show({ left, top, scale: view.scale, lit });
      if (lit || glass.blurred(view.scale)) glass.near();
      at('out').disabled = at('whole').disabled = view.far();
      at('in').disabled = view.scale >= near;
      if (here) place(here);
    },
    tapped(x, y) {
      const found = mosaic.at(x, y);
      if (!found || (lit && lit[0].face === found.face)) return darken();
      choose(found.face, found);
    },
    pointed(x, y) {
      const found = mosaic.at(x, y);
      if (found === here) return;
      here = found;
      label.hidden = !found;
      if (!found) return;
      label.textContent = names(people(found.face));
      place(found);
      if (!lit) tell(found.face);
    },
  });
  glass.preview(at('preview'));

  // place puts the label below somebody's place, or above where there is no room.
  function place({ x, y, span }) {
    const [left, top] = view.corner();
    const px = (x + span / 2 - left) * view.scale, below = (y + span - top) * view.scale;
    const room = below + 48 < element.clientHeight;
    const side = Math.min(element.clientWidth - label.offsetWidth / 2 - 4, Math.max(label.offsetWidth / 2 + 4, px));
    label.style.transform = `translate(calc(${side}px - 50%), ${room ? below + 6 : (y - top) * view.scale - 38}px)`;
  }

  function tell(face) {
    if (at('who').dataset.face === String(face)) return;
    at('who').dataset.face = face;
    const uses = document.createElement('span');
    uses.className = 'hint';
    uses.textContent = say('wander.uses', { n: mosaic.of[face].length });
    at('who').replaceChildren(...link(people(face)), ' ', uses);
  }

  // choose lights up every place of a face, and goes to the first unless it is at one already.
  function choose(face, found) {
    lit = mosaic.of[face].map((i) => mosaic.places[i]);
    tell(face);
    at('chosen').hidden = false;
    at('next').hidden = lit.length < 2;
    history.replaceState(history.state, '', `${location.pathname}${location.search}#friend=${encodeURIComponent(people(face)[0].id)}`);
    turn = Math.max(0, lit.indexOf(found));
    if (!found) go(true);
    chose(people(face));
    view.refresh();
  }

  function darken() {
    lit = undefined;
    at('chosen').hidden = true;
    history.replaceState(history.state, '', location.pathname + location.search);
    chose([]);
    view.refresh();
  }

  // go flies to the place whose turn it is: first to where it can be told from its surroundings.
  function go(first) {
    const to = lit[turn];
    const scale = first ? Math.min(near, Math.min(element.clientWidth, element.clientHeight) / (9 * to.span)) : view.scale;
    return view.fly(to.x + to.span / 2, to.y + to.span / 2, scale);
  }

  at('in').addEventListener('click', () => view.zoom(1.8));
  at('out').addEventListener('click', () => view.zoom(1 / 1.8));
  at('whole').addEventListener('click', () => view.home());
  at('close').addEventListener('click', () => { darken(); element.focus({ preventScroll: true }); });
  at('next').addEventListener('click', () => { turn = (turn + 1) % lit.length; go(view.far()); });
  if (document.fullscreenEnabled) {
    at('full').hidden = false;
    at('full').addEventListener('click', () => (document.fullscreenElement ? document.exitFullscreen() : at('picture').requestFullscreen()));
  }

  // Without a pointer, the middle of the view is what is pointed at.
  element.addEventListener('keydown', (event) => {
    const step = steps[event.key];
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    if (step && view.scale >= 24) walk(step);
    else if (step) view.move(-step[0] * 80, -step[1] * 80);
    else if (event.key === '+' || event.key === '=') view.zoom(1.4);
    else if (event.key === '-') view.zoom(1 / 1.4);
    else if (event.key === '0') view.home();
    else if (event.key === 'Escape' && lit) darken();
    else if (event.key === 'Enter') {
      const found = mosaic.at(view.x, view.y);
      if (found) choose(found.face, found);
    } else return;
    event.preventDefault();
  });

  // walk goes to the neighbour, and says who it is.
  function walk([dx, dy]) {
    const from = mosaic.at(view.x, view.y);
    if (!from) return;
    const to = mosaic.at(from.x + from.span / 2 + dx * (from.span / 2 + 0.5), from.y + from.span / 2 + dy * (from.span / 2 + 0.5));
    if (!to) return;
    view.fly(to.x + to.span / 2, to.y + to.span / 2, view.scale, 160);
    tell(to.face);
  }
  element.addEventListener('pointerleave', () => { here = undefined; label.hidden = true; });

  finder(at('q'), at('found'), plan.friends, (friend) => choose(mosaic.faces.findIndex(({ friends }) => friends.includes(friend))));

  // A link may point at somebody.
  function byLink() {
    const id = new URLSearchParams(location.hash.slice(1)).get('friend');
    const friend = id ? plan.friends.findIndex((f) => f.id === id) : -1;
    if (friend >= 0) choose(mosaic.faces.findIndex(({ friends }) => friends.includes(friend)));
  }
  addEventListener('hashchange', byLink);
  byLink();
  return Object.assign(view, { on: glass.kind() });
}
