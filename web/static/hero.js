// The picture of the start page comes slowly nearer until one sees faces, and goes back again.
import { say } from './texts.js';
import { layout } from './layout.js';
import { stage, image } from './mosaic-canvas.js';

const at = (id) => document.getElementById(id);
const hero = at('hero'), folder = hero.dataset.folder, preview = hero.querySelector('img');
const period = 52_000; // milliseconds there and back
const focus = [17.5, 18.5]; // cells: between the eyes
const depth = 6.5; // times nearer than the whole

async function begin() {
  const plan = await (await fetch(`${folder}hero.json`)).json();
  const mosaic = layout(plan);
  const [faces] = await Promise.all([image(`${folder}hero-faces.jpg`), preview.decode()]);
  const glass = await stage(hero, mosaic, { folder });
  glass.photos([faces]);
  document.dispatchEvent(new CustomEvent('faces', { detail: { faces, plan, picture: preview } }));

  const still = matchMedia('(prefers-reduced-motion: reduce)');
  let seen = true, moving = !still.matches, spent = 0, last;
  function frame(now) {
    if (!moving || !seen) { last = undefined; return; }
    spent += Math.min(100, now - (last ?? now));
    last = now;
    show();
    requestAnimationFrame(frame);
  }
  function show() {
    const there = (1 - Math.cos((2 * Math.PI * spent) / period)) / 2; // 0 to 1 and back
    const whole = hero.clientWidth / mosaic.width, scale = whole * depth ** there;
    const wide = hero.clientWidth / scale, share = (depth ** there - 1) / (depth - 1) * depth / depth ** there;
    const x = mosaic.width / 2 + (focus[0] - mosaic.width / 2) * share, y = mosaic.height / 2 + (focus[1] - mosaic.height / 2) * share;
    glass.show({ left: x - wide / 2, top: y - wide / 2, scale });
  }
  const go = () => { if (moving && seen) requestAnimationFrame(frame); };

  at('still').hidden = false;
  const label = () => { at('still').textContent = say(moving ? 'hero.still' : 'hero.move'); };
  at('still').addEventListener('click', () => { moving = !moving; label(); go(); });
  at('still').removeAttribute('aria-pressed');
  label();
  new IntersectionObserver(([entry]) => { seen = entry.isIntersecting; go(); }).observe(hero);
  new ResizeObserver(show).observe(hero);
  hero.dataset.ready = glass.kind();
  show();
}

begin().catch(() => {}); // the still picture is there
