// Where one looks from: the middle of the view in cells, and how many CSS pixels a cell is. It moves
// by pointers, wheel, keys and by flying, and calls show whenever something has to be drawn.

const still = matchMedia('(prefers-reduced-motion: reduce)');
const clamp = (v, least, most) => Math.min(most, Math.max(least, v));

// camera watches over a stage, whose picture is width x height cells. nearest is the most CSS pixels
// of a cell. tapped is called with a point in cells, pointed as well, for a mouse only.
export function camera(stage, { width, height, nearest }, { show, tapped, pointed }) {
  const view = { x: width / 2, y: height / 2, scale: 0 };
  let box = { width: 1, height: 1, left: 0, top: 0 }, flight = 0, waiting = false;

  const farthest = () => Math.min(box.width / width, box.height / height);
  const wanted = () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => { waiting = false; show(); });
  };

  // settle keeps the picture in the window: it never leaves a gap that it could fill.
  function settle() {
    view.scale = clamp(view.scale, farthest(), Math.max(nearest, farthest()));
    for (const [at, size, room] of [['x', width, box.width], ['y', height, box.height]]) {
      const half = room / view.scale / 2;
      view[at] = half * 2 >= size ? size / 2 : clamp(view[at], half, size - half);
    }
    stage.classList.toggle('near', !view.far());
    wanted();
  }
  view.far = () => view.scale <= farthest() * 1.001;

  const point = (event) => {
    const at = stage.getBoundingClientRect();
    return [event.clientX - at.left, event.clientY - at.top];
  };
  const cellAt = ([px, py]) => [view.x + (px - box.width / 2) / view.scale, view.y + (py - box.height / 2) / view.scale];

  // zoom comes nearer by a factor, and leaves what is at a point of the stage where it is.
  view.zoom = (factor, at = [box.width / 2, box.height / 2]) => {
    cancelAnimationFrame(flight);
    const [x, y] = cellAt(at);
    view.scale = clamp(view.scale * factor, farthest(), nearest);
    view.x = x - (at[0] - box.width / 2) / view.scale;
    view.y = y - (at[1] - box.height / 2) / view.scale;
    settle();
  };
  view.move = (dx, dy) => {
    cancelAnimationFrame(flight);
    view.x -= dx / view.scale;
    view.y -= dy / view.scale;
    settle();
  };

  // fly goes to a point at a scale, or a part of the way further out where that is nicer to look at.
  // It tells how many milliseconds each frame came after the one before.
  view.fly = (x, y, scale, ms = 900) => new Promise((there) => {
    cancelAnimationFrame(flight);
    const from = { x: view.x, y: view.y, scale: view.scale }, frames = [];
    scale = clamp(scale, farthest(), Math.max(nearest, farthest()));
    const way = Math.hypot(x - from.x, y - from.y) * Math.min(from.scale, scale);
    const lift = Math.log(1 + (1.2 * way) / Math.hypot(box.width, box.height)); // so far out in between
    const a = Math.log(from.scale), b = Math.log(scale);
    let start, last;
    function step(now) {
      start ??= now;
      if (last !== undefined) frames.push(now - last);
      last = now;
      const t = still.matches || ms === 0 ? 1 : Math.min(1, (now - start) / ms);
      const ease = t * t * (3 - 2 * t);
      view.scale = Math.exp(a + (b - a) * ease - lift * 4 * ease * (1 - ease));
      // Near things would rush past: most of the way is made while it is far.
      const done = Math.abs(b - a) < 0.05 ? ease : (1 / from.scale - Math.exp(-a - (b - a) * ease)) / (1 / from.scale - 1 / scale);
      view.x = from.x + (x - from.x) * clamp(done, 0, 1);
      view.y = from.y + (y - from.y) * clamp(done, 0, 1);
      settle();
      if (t < 1) flight = requestAnimationFrame(step);
      else there(frames);
    }
    flight = requestAnimationFrame(step);
  });
  view.home = () => view.fly(width / 2, height / 2, 0);

  // fingers, by pointer id; two of them pinch.
  const fingers = new Map();
  let moved = 0;
  stage.addEventListener('pointerdown', (event) => {
    if (event.button !== 0) return;
    cancelAnimationFrame(flight);
    fingers.set(event.pointerId, point(event));
    if (fingers.size === 1) moved = 0;
  });
  stage.addEventListener('pointermove', (event) => {
    const now = point(event), before = fingers.get(event.pointerId);
    if (!before) return event.pointerType === 'mouse' ? pointed?.(...cellAt(now)) : undefined;
    const other = [...fingers].find(([id]) => id !== event.pointerId)?.[1];
    if (other) {
      const apart = (p) => Math.hypot(p[0] - other[0], p[1] - other[1]);
      view.move((now[0] - before[0]) / 2, (now[1] - before[1]) / 2);
      view.zoom(apart(now) / Math.max(1, apart(before)), [(now[0] + other[0]) / 2, (now[1] + other[1]) / 2]);
      moved = Infinity;
    } else {
      moved += Math.hypot(now[0] - before[0], now[1] - before[1]);
      if (moved > 6) {
        if (!stage.hasPointerCapture(event.pointerId)) stage.setPointerCapture(event.pointerId);
        view.move(now[0] - before[0], now[1] - before[1]);
      }
    }
    fingers.set(event.pointerId, now);
  });
  stage.addEventListener('pointerup', (event) => {
    if (fingers.size === 1 && fingers.has(event.pointerId) && moved <= 6) tapped?.(...cellAt(point(event)));
  });
  for (const end of ['pointerup', 'pointercancel', 'pointerleave']) {
    stage.addEventListener(end, (event) => fingers.delete(event.pointerId));
  }

  // The wheel comes nearer, unless somebody is just scrolling past, or is as far out as can be.
  let passing = 0;
  addEventListener('wheel', (event) => {
    if (!stage.contains(event.target)) passing = event.timeStamp;
  }, { passive: true });
  stage.addEventListener('wheel', (event) => {
    const outwards = event.deltaY > 0 && view.far();
    if (!event.ctrlKey && (outwards || event.timeStamp - passing < 250)) {
      passing = event.timeStamp;
      return;
    }
    event.preventDefault();
    const lines = event.deltaMode === 1 ? 30 : 1;
    view.zoom(2 ** (-clamp(event.deltaY * lines, -240, 240) * (event.ctrlKey ? 0.012 : 0.004)), point(event));
  }, { passive: false });

  new ResizeObserver(() => {
    const wasFar = view.scale === 0 || view.far();
    box = { width: Math.max(1, stage.clientWidth), height: Math.max(1, stage.clientHeight) };
    if (wasFar) view.scale = farthest();
    settle();
  }).observe(stage);
  box = { width: Math.max(1, stage.clientWidth), height: Math.max(1, stage.clientHeight) };
  settle();
  view.refresh = wanted;
  view.corner = () => [view.x - box.width / view.scale / 2, view.y - box.height / view.scale / 2];
  return view;
}
