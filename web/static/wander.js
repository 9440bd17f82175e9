// Says who stands where in a finished mosaic, to a mouse, a finger and the arrow keys.
import { say } from './texts.js';

const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

// wander lays a stage over the picture, which answers in the caption with the friends of the plan.
export function wander(picture, caption, { columns, rows, cells, friends }) {
  const stage = document.createElement('div');
  const light = document.createElement('canvas'); // one pixel a cell, stretched over the picture
  light.width = columns;
  light.height = rows;
  const pen = light.getContext('2d');
  const ring = document.createElement('span');
  ring.className = 'ring';
  ring.hidden = true;
  stage.className = 'stage';
  stage.style.aspectRatio = `${columns} / ${rows}`;
  stage.append(light, ring);
  picture.append(stage);

  let here, lit; // the cell that is pointed at, and the friend whose places are lit

  function point(x, y) {
    if (here?.x === x && here?.y === y) return;
    here = { x, y };
    ring.hidden = false;
    ring.style.left = `${((x + 0.5) / columns) * 100}%`;
    ring.style.top = `${((y + 0.5) / rows) * 100}%`;
    ring.style.width = `${100 / columns}%`;
    name(friends[cells[y * columns + x]]);
  }

  function name(friend) {
    if (!friend) return;
    const who = document.createElement(isLink(friend.profile) ? 'a' : 'b');
    who.textContent = friend.name || friend.id;
    who.dir = 'auto';
    if (who.localName === 'a') {
      who.href = friend.profile;
      who.rel = 'noopener nofollow ugc';
    }
    caption.replaceChildren(who, ' ', say('wander.uses', { n: friend.uses }));
  }

  // shine darkens every cell but those of one friend.
  function shine(friend) {
    lit = friend;
    pen.clearRect(0, 0, columns, rows);
    if (friend === undefined) return;
    pen.fillStyle = 'rgb(10 14 30 / 78%)';
    pen.fillRect(0, 0, columns, rows);
    cells.forEach((who, i) => {
      if (who === friend) pen.clearRect(i % columns, Math.floor(i / columns), 1, 1);
    });
  }

  function toggle() {
    const friend = here && cells[here.y * columns + here.x];
    shine(lit === friend ? undefined : friend);
  }

  function follow(event) {
    const box = stage.getBoundingClientRect();
    const cell = (from, size, n) => Math.max(0, Math.min(n - 1, Math.floor((from / size) * n)));
    point(cell(event.clientX - box.left, box.width, columns), cell(event.clientY - box.top, box.height, rows));
  }

  function walk(event) {
    if (event.key === 'Enter' || event.key === ' ') {
      toggle();
    } else if (event.key === 'Escape') {
      shine(undefined);
    } else if (steps[event.key]) {
      const [dx, dy] = steps[event.key];
      const from = here ?? { x: Math.floor(columns / 2), y: Math.floor(rows / 2) };
      point(Math.max(0, Math.min(columns - 1, from.x + dx)), Math.max(0, Math.min(rows - 1, from.y + dy)));
    } else {
      return;
    }
    event.preventDefault();
  }

  stage.tabIndex = 0;
  stage.setAttribute('role', 'application');
  stage.setAttribute('aria-label', `${picture.querySelector('img').alt} ${say('wander.label')}`);
  stage.addEventListener('pointermove', follow);
  stage.addEventListener('click', (event) => { follow(event); toggle(); });
  stage.addEventListener('keydown', walk);
  caption.setAttribute('aria-live', 'polite');
  caption.textContent = say('wander.hint');
}

// isLink refuses every address but a web page's: the plan holds what strangers wrote.
function isLink(address) {
  return /^https?:\/\//i.test(address ?? '');
}
