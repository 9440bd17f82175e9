// Draws a mosaic on a 2D canvas, where there is no WebGL: the preview, or zoomed in one photo after the
// other.
import { background, dimmed, gold, minHighlight, photoShare } from './renderer-common.js';

const maxMoving = 1500; // photos that are drawn while the view moves
const pause = 150;      // milliseconds without a new view, after which it counts as still

const css = (c) => `rgb(${c.map((v) => Math.round(Math.max(0, v))).join(' ')})`;

// renderer2D returns a function that draws, as rendererWebGL does.
export function renderer2D(canvas, mosaic, shade) {
  const context = canvas.getContext('2d', { alpha: false });
  const sheets = [];
  let preview, last = -Infinity, timer;

  const rgb = (luma, blue, red) => [luma + 1.402 * red, luma - 0.344136 * blue - 0.714136 * red, luma + 1.772 * blue];

  const pictures = shade?.shadingPictures(mosaic, rgb);

  // drawPhoto draws a photo, its tint and its shading: positive components are added, negative ones subtracted.
  function drawPhoto(place, x, y, side) {
    const from = mosaic.photo(place);
    context.drawImage(sheets[from.sheet], from.x, from.y, from.side, from.side, x, y, side, side);
    const add = rgb(...mosaic.tint(place));
    for (const [n, operation, colour] of [[0, 'lighter', add], [1, 'difference', add.map((v) => -v)]]) {
      if (!shade && colour.every((v) => v < 1)) continue;
      context.globalCompositeOperation = operation;
      if (shade) {
        context.drawImage(pictures[n], ...shade.shadingPlace(place), 4, 4, x, y, side, side);
        continue;
      }
      context.fillStyle = css(colour);
      context.fillRect(x, y, side, side);
    }
    context.globalCompositeOperation = 'source-over';
  }

  function draw(view) {
    const { left, top, cell, highlighted } = view, { width, height } = canvas, now = performance.now();
    const moving = now - last < pause;
    last = now;
    clearTimeout(timer);
    context.imageSmoothingQuality = moving ? 'medium' : 'high';
    context.fillStyle = css(background);
    context.fillRect(0, 0, width, height);
    const complete = sheets.filter(Boolean).length === mosaic.atlas.files.length;
    let photos = complete && (!preview || photoShare(cell, preview.naturalWidth / mosaic.width) > 0.5);
    if (photos && preview && moving && (width * height) / cell ** 2 > maxMoving) {
      photos = false; // until the view is still
      timer = setTimeout(() => { last = -Infinity; draw(view); }, pause);
    }
    const edge = (v, from) => Math.round((v - from) * cell); // whole pixels leave no seams
    if (photos) {
      const [first, end] = mosaic.visible(top, top + height / cell);
      for (const place of mosaic.places.slice(first, end)) {
        const x = edge(place.x, left), side = edge(place.x + place.span, left) - x;
        if (x < width && x + side > 0) drawPhoto(place, x, edge(place.y, top), side + 1);
      }
    } else if (preview) {
      context.drawImage(preview, edge(0, left), edge(0, top), mosaic.width * cell, mosaic.height * cell);
    }
    if (!highlighted) return;
    context.fillStyle = `rgb(0 0 0 / ${1 - dimmed})`;
    context.fillRect(0, 0, width, height);
    for (const place of highlighted) {
      const side = Math.max(place.span * cell, minHighlight * devicePixelRatio);
      const x = (place.x + place.span / 2 - left) * cell - side / 2, y = (place.y + place.span / 2 - top) * cell - side / 2;
      if (complete) drawPhoto(place, x, y, side);
      context.strokeStyle = css(gold);
      context.lineWidth = 1.5 * devicePixelRatio;
      context.strokeRect(x, y, side, side);
    }
  }

  draw.preview = (picture) => { preview = picture; };
  draw.sheet = (n, picture) => { sheets[n] = picture; };
  return draw;
}
