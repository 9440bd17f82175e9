// A small true mosaic beside the slider: each of its tiles is the face nearest in colour, moved
// towards the picture by as much as the slider says, in CIELAB as the worker does it.

const at = (id) => document.getElementById(id);
const cells = 16, px = 12;
const most = 100; // faces: more tell nothing more

// tint draws once it has the faces and picture of the start page, and again with each picture that is
// chosen and each friend that is shown.
export function tint(changed) {
  const slider = at('tint'), canvas = at('tint-preview'), pen = canvas.getContext('2d');
  const theirs = new Map(); // the friends' pictures in the page, to their tiles
  let tiles, own, picture, waiting = false;

  document.addEventListener('faces', ({ detail: { faces, plan, picture: demo } }) => {
    tiles = plan.friends.map(({ x, y }) => sample(faces, [x, y, plan.atlas.tile, plan.atlas.tile], px));
    own = demo;
    canvas.hidden = false;
    draw();
  });
  changed.addEventListener('picture', ({ detail }) => { picture = detail; draw(); });
  at('faces').addEventListener('load', ({ target }) => meet(target).catch(() => {}), true);
  slider.form.addEventListener('change', draw);
  at('tint-value').hidden = false;
  slider.addEventListener('input', draw);
  addEventListener('pageshow', draw);

  // meet takes a friend's picture, scaled down beside the page's own work: a photo may be a large one.
  async function meet(face) {
    for (const old of theirs.keys()) if (!old.isConnected) theirs.delete(old);
    if (theirs.size >= most) return;
    theirs.set(face);
    const width = face.naturalWidth, height = face.naturalHeight, side = Math.min(width, height);
    const size = { resizeWidth: px, resizeHeight: px, resizeQuality: 'high' };
    const small = await createImageBitmap(face, (width - side) / 2, (height - side) / 2, side, side, size);
    theirs.set(face, sample(small, [0, 0, px, px], px));
    draw();
  }

  // present are the tiles of those who are going to be in it; before there are two, the start page's.
  function present() {
    const all = [...theirs].filter(([face, tile]) => tile && face.closest('#faces [aria-pressed=true]')).map(([, tile]) => tile);
    return all.length > 1 ? all : tiles;
  }

  function draw() {
    at('tint-value').value = slider.value;
    if (!tiles || waiting) return;
    waiting = true;
    requestAnimationFrame(() => { waiting = false; lay(); });
  }

  function lay() {
    const shown = picture ?? own, width = shown.naturalWidth ?? shown.width, height = shown.naturalHeight ?? shown.height;
    const side = Math.min(width, height);
    const target = sample(shown, [(width - side) / 2, (height - side) / 2, side, side], cells).data;
    const wanted = Number(slider.value), faces = present();
    for (let i = 0; i < cells * cells; i++) {
      const want = lab(target[4 * i], target[4 * i + 1], target[4 * i + 2]);
      const x = i % cells, y = (i - x) / cells;
      const near = faces.reduce((best, tile) => (distance(tile.mean, want) < distance(best.mean, want) ? tile : best));
      const far = distance(near.mean, want), share = far > 0 ? Math.min(1, wanted / far) : 0;
      const to = rgb(near.mean.map((v, k) => v + (want[k] - v) * share)), from = rgb(near.mean);
      const moved = new ImageData(px, px);
      for (let p = 0; p < px * px * 4; p++) moved.data[p] = p % 4 === 3 ? 255 : near.data[p] + to[p % 4] - from[p % 4];
      pen.putImageData(moved, x * px, y * px);
    }
  }
}

// sample scales a part of a picture to a square, and tells its mean colour.
function sample(picture, box, side) {
  const canvas = new OffscreenCanvas(side, side), pen = canvas.getContext('2d', { willReadFrequently: true });
  pen.imageSmoothingQuality = 'high';
  pen.fillStyle = '#fff'; // behind what is transparent, as the worker has it
  pen.fillRect(0, 0, side, side);
  pen.drawImage(picture, ...box, 0, 0, side, side);
  const { data } = pen.getImageData(0, 0, side, side);
  const mean = [0, 1, 2].map((c) => data.filter((_, i) => i % 4 === c).reduce((sum, v) => sum + v, 0) / (side * side));
  return { data, mean: lab(...mean) };
}

const distance = (a, b) => Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);

// sRGB to CIELAB under D65 and back (IEC 61966-2-1; CIE 15).
const white = [0.95047, 1, 1.08883];
const linear = (v) => (v <= 10.31475 ? v / 3294.6 : ((v / 255 + 0.055) / 1.055) ** 2.4);
const coded = (v) => 255 * (v <= 0.0031308 ? 12.92 * v : 1.055 * Math.max(0, v) ** (1 / 2.4) - 0.055);
const bent = (t) => (t > 0.008856452 ? Math.cbrt(t) : t / 0.128418549 + 0.137931034);
const straight = (t) => (t > 0.206896552 ? t ** 3 : 0.128418549 * (t - 0.137931034));

function lab(...srgb) {
  const [r, g, b] = srgb.map(linear);
  const [x, y, z] = [0.4124564 * r + 0.3575761 * g + 0.1804375 * b, 0.2126729 * r + 0.7151522 * g + 0.072175 * b,
    0.0193339 * r + 0.119192 * g + 0.9503041 * b].map((v, i) => bent(v / white[i]));
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

function rgb([l, a, b]) {
  const y = (l + 16) / 116;
  const [x, g, z] = [y + a / 500, y, y - b / 200].map((v, i) => straight(v) * white[i]);
  return [3.2404542 * x - 1.5371385 * g - 0.4985314 * z, -0.969266 * x + 1.8760108 * g + 0.041556 * z,
    0.0556434 * x - 0.2040259 * g + 1.0572252 * z].map(coded);
}
