// A small real mosaic beside the tint slider: each tile is the face nearest in colour, moved towards the
// picture by as much as the slider says, in CIELAB as the worker does it.
import { distance, labFromRGB, rgbFromLab } from './colour.js';

const at = (id) => document.getElementById(id);
const cells = 16, tileSide = 12; // a side, and pixels
const maxFaces = 100; // more would look the same

// tintPreview draws once it has the hero's faces and picture, and again with each picture that is
// chosen and each friend that is shown.
export function tintPreview(targetEvents) {
  const slider = at('tint'), context = at('tint-preview').getContext('2d');
  const friendTiles = new Map(); // by <img>
  let heroTiles, heroPicture, picture, scheduled = false;

  document.addEventListener('hero', ({ detail: { faces, plan, picture: demo } }) => {
    heroTiles = plan.friends.map(({ x, y }) => sample(faces, [x, y, plan.atlas.tile, plan.atlas.tile], tileSide));
    heroPicture = demo;
    draw();
  });
  targetEvents.addEventListener('picture', ({ detail }) => { picture = detail; draw(); });
  at('faces').addEventListener('load', ({ target }) => addFriend(target).catch(() => {}), true);
  slider.form.addEventListener('change', draw);
  slider.addEventListener('input', () => { at('auto-tint').checked = false; draw(); });
  addEventListener('pageshow', draw);

  // addFriend samples a friend's photo. It is scaled off the main thread: a photo may be large.
  async function addFriend(face) {
    for (const old of friendTiles.keys()) if (!old.isConnected) friendTiles.delete(old);
    if (friendTiles.size >= maxFaces) return;
    friendTiles.set(face); // takes the place until the tile is there
    const width = face.naturalWidth, height = face.naturalHeight, side = Math.min(width, height);
    const size = { resizeWidth: tileSide, resizeHeight: tileSide, resizeQuality: 'high' };
    const small = await createImageBitmap(face, (width - side) / 2, (height - side) / 2, side, side, size);
    friendTiles.set(face, sample(small, [0, 0, tileSide, tileSide], tileSide));
    draw();
  }

  // currentTiles are those of the friends who are not left out; with fewer than two, the hero's.
  function currentTiles() {
    const all = [...friendTiles].filter(([face, tile]) => tile && face.closest('#faces [aria-pressed=true]')).map(([, tile]) => tile);
    return all.length > 1 ? all : heroTiles;
  }

  function draw() {
    at('tint-value').value = slider.value;
    at('tint-value').hidden = at('auto-tint').checked; // then the number is chosen with the photos
    if (!heroTiles || scheduled) return;
    scheduled = true;
    requestAnimationFrame(() => { scheduled = false; drawNow(); });
  }

  function drawNow() {
    const source = picture ?? heroPicture, width = source.naturalWidth ?? source.width, height = source.naturalHeight ?? source.height;
    const side = Math.min(width, height);
    const target = sample(source, [(width - side) / 2, (height - side) / 2, side, side], cells).data;
    const strength = Number(slider.value), tiles = currentTiles();
    for (let i = 0; i < cells * cells; i++) {
      const want = labFromRGB(target[4 * i], target[4 * i + 1], target[4 * i + 2]);
      const x = i % cells, y = (i - x) / cells;
      const nearest = tiles.reduce((best, tile) => (distance(tile.mean, want) < distance(best.mean, want) ? tile : best));
      const gap = distance(nearest.mean, want), share = gap > 0 ? Math.min(1, strength / gap) : 0;
      const to = rgbFromLab(nearest.mean.map((v, k) => v + (want[k] - v) * share)), from = rgbFromLab(nearest.mean);
      const tinted = new ImageData(tileSide, tileSide);
      for (let p = 0; p < tileSide * tileSide * 4; p++) tinted.data[p] = p % 4 === 3 ? 255 : nearest.data[p] + to[p % 4] - from[p % 4];
      context.putImageData(tinted, x * tileSide, y * tileSide);
    }
  }
}

// sample scales a part of a picture to a square. mean is its colour in CIELAB.
function sample(picture, box, side) {
  const canvas = new OffscreenCanvas(side, side), context = canvas.getContext('2d', { willReadFrequently: true });
  context.imageSmoothingQuality = 'high';
  context.fillStyle = '#fff'; // behind transparent pixels, as the worker does it
  context.fillRect(0, 0, side, side);
  context.drawImage(picture, ...box, 0, 0, side, side);
  const { data } = context.getImageData(0, 0, side, side);
  const mean = [0, 1, 2].map((c) => data.filter((_, i) => i % 4 === c).reduce((sum, v) => sum + v, 0) / (side * side));
  return { data, mean: labFromRGB(...mean) };
}
