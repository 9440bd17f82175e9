// The hero of the start page zooms slowly in until faces can be seen, and out again.
import { say } from './texts.js';
import { layout } from './layout.js';
import { mosaicCanvas, loadImage } from './mosaic-canvas.js';

const at = (id) => document.getElementById(id);
const hero = at('hero'), folder = hero.dataset.folder, preview = hero.querySelector('img');
const period = 52_000; // milliseconds in and out
const focus = [17.5, 18.5]; // cells: between the eyes
const maxZoom = 6.5;

async function begin() {
  const plan = await (await fetch(`${folder}hero.json`)).json();
  const mosaic = layout(plan);
  const [faces] = await Promise.all([loadImage(`${folder}hero-faces.jpg`), preview.decode()]);
  const canvas = await mosaicCanvas(hero, mosaic, folder);
  canvas.setPhotos([faces]);
  document.dispatchEvent(new CustomEvent('hero', { detail: { faces, plan, picture: preview } }));

  let visible = true, moving = !matchMedia('(prefers-reduced-motion: reduce)').matches, elapsed = 0, last;
  function frame(now) {
    if (!moving || !visible) { last = undefined; return; }
    elapsed += Math.min(100, now - (last ?? now));
    last = now;
    draw();
    requestAnimationFrame(frame);
  }
  function draw() {
    const phase = (1 - Math.cos((2 * Math.PI * elapsed) / period)) / 2; // 0 to 1 and back
    const zoom = maxZoom ** phase, scale = (hero.clientWidth / mosaic.width) * zoom, side = hero.clientWidth / scale;
    const share = (((zoom - 1) / (maxZoom - 1)) * maxZoom) / zoom; // of the way to the focus
    const x = mosaic.width / 2 + (focus[0] - mosaic.width / 2) * share, y = mosaic.height / 2 + (focus[1] - mosaic.height / 2) * share;
    canvas.draw({ left: x - side / 2, top: y - side / 2, scale });
  }
  const resume = () => { if (moving && visible) requestAnimationFrame(frame); };

  at('pause').hidden = false;
  const label = () => { at('pause').textContent = say(moving ? 'hero.still' : 'hero.move'); };
  at('pause').addEventListener('click', () => { moving = !moving; label(); resume(); });
  label();
  new IntersectionObserver(([entry]) => { visible = entry.isIntersecting; resume(); }).observe(hero);
  new ResizeObserver(draw).observe(hero);
  hero.dataset.ready = canvas.renderer();
  draw();
}

begin().catch(() => {}); // the still picture is there
