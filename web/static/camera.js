// Moves a viewport by pointers, wheel and animated flights, and asks for a redraw after every change.
import { clamp } from './viewport.js';

const reducedMotion = matchMedia('(prefers-reduced-motion: reduce)');
const tapSlop = 6; // CSS pixels that a finger may move and still tap

// camera calls draw at most once a frame, tapped with the point in cells, and hovered as well, for a
// mouse only.
export function camera(element, viewport, { draw, tapped, hovered }) {
  let flight = 0, scheduled = false;

  function redraw() {
    if (scheduled) return;
    scheduled = true;
    requestAnimationFrame(() => { scheduled = false; draw(); });
  }
  function changed() {
    element.classList.toggle('zoomed', !viewport.isWhole());
    redraw();
  }
  const stop = () => cancelAnimationFrame(flight);
  function zoom(factor, at) {
    stop();
    viewport.zoom(factor, at);
    changed();
  }
  function pan(dx, dy) {
    stop();
    viewport.pan(dx, dy);
    changed();
  }

  // fly animates the way to a point at a scale. It resolves to the milliseconds between its frames.
  const fly = (x, y, scale, ms = 900) => new Promise((resolve) => {
    stop();
    const move = viewport.flight(x, y, scale), frames = [];
    let start, last;
    function step(now) {
      start ??= now;
      if (last !== undefined) frames.push(now - last);
      last = now;
      const share = reducedMotion.matches || ms === 0 ? 1 : Math.min(1, (now - start) / ms);
      move(share);
      changed();
      if (share < 1) flight = requestAnimationFrame(step);
      else resolve(frames);
    }
    flight = requestAnimationFrame(step);
  });

  followPointers(element, { stop, pan, zoom, tapped: (at) => tapped(...viewport.cellAt(at)), hovered: (at) => hovered(...viewport.cellAt(at)) });
  followWheel(element, viewport, zoom);
  function resize() {
    viewport.resize(element.clientWidth, element.clientHeight);
    changed();
  }
  new ResizeObserver(resize).observe(element);
  resize();
  return { zoom, pan, fly, redraw, home: () => fly(viewport.width / 2, viewport.height / 2, 0) };
}

function pointOf(element, event) {
  const box = element.getBoundingClientRect();
  return [event.clientX - box.left, event.clientY - box.top];
}

// followPointers drags with one pointer and pinches with two.
function followPointers(element, { stop, pan, zoom, tapped, hovered }) {
  const pointers = new Map(); // id to the last point
  let moved = 0;
  element.addEventListener('pointerdown', (event) => {
    if (event.button !== 0) return;
    stop();
    pointers.set(event.pointerId, pointOf(element, event));
    if (pointers.size === 1) moved = 0;
  });
  element.addEventListener('pointermove', (event) => {
    const now = pointOf(element, event), before = pointers.get(event.pointerId);
    if (!before) {
      if (event.pointerType === 'mouse') hovered(now);
      return;
    }
    const other = [...pointers].find(([id]) => id !== event.pointerId)?.[1];
    if (other) {
      const distance = (p) => Math.hypot(p[0] - other[0], p[1] - other[1]);
      pan((now[0] - before[0]) / 2, (now[1] - before[1]) / 2);
      zoom(distance(now) / Math.max(1, distance(before)), [(now[0] + other[0]) / 2, (now[1] + other[1]) / 2]);
      moved = Infinity;
    } else {
      moved += Math.hypot(now[0] - before[0], now[1] - before[1]);
      if (moved > tapSlop) {
        if (!element.hasPointerCapture(event.pointerId)) element.setPointerCapture(event.pointerId);
        pan(now[0] - before[0], now[1] - before[1]);
      }
    }
    pointers.set(event.pointerId, now);
  });
  element.addEventListener('pointerup', (event) => {
    if (pointers.size === 1 && pointers.has(event.pointerId) && moved <= tapSlop) tapped(pointOf(element, event));
  });
  for (const end of ['pointerup', 'pointercancel', 'pointerleave']) {
    element.addEventListener(end, (event) => pointers.delete(event.pointerId));
  }
}

// followWheel zooms, unless the wheel is scrolling the page past the element or cannot zoom out further.
function followWheel(element, viewport, zoom) {
  let scrolled = -Infinity; // when the wheel last scrolled the page
  addEventListener('wheel', (event) => {
    if (!element.contains(event.target)) scrolled = event.timeStamp;
  }, { passive: true });
  element.addEventListener('wheel', (event) => {
    const useless = event.deltaY > 0 && viewport.isWhole();
    if (!event.ctrlKey && (useless || event.timeStamp - scrolled < 250)) {
      scrolled = event.timeStamp;
      return;
    }
    event.preventDefault();
    const pixels = event.deltaY * (event.deltaMode === 1 ? 30 : 1); // 1: lines
    zoom(2 ** (-clamp(pixels, -240, 240) * (event.ctrlKey ? 0.012 : 0.004)), pointOf(element, event));
  }, { passive: false });
}
