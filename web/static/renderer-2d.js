// Draws the places of a mosaic on a plain canvas, where there is no WebGL: the preview from afar,
// and one photo after the other from near.
import { gold, ground, least, shade, share } from './renderer-common.js';

const most = 1500;  // photos that are drawn while everything moves
const pause = 150;  // milliseconds without a new view, after which it rests

const css = (c) => `rgb(${c.map((v) => Math.round(Math.max(0, v))).join(' ')})`;

// flat makes a function that draws, as glass does.
export function flat(canvas, mosaic) {
  const pen = canvas.getContext('2d', { alpha: false });
  const sheets = [];
  let preview, last = -Infinity, rest;

  // tile draws a photo, then adds its tint: what is more of a colour lightens, what is less is
  // taken away.
  function tile(place, x, y, side) {
    const { faces, atlas } = mosaic;
    const face = faces[place.face];
    pen.drawImage(sheets[face.sheet], face.x, face.y, atlas.tile, atlas.tile, x, y, side, side);
    const [luma, blue, red] = mosaic.shift(place);
    const add = [luma + 1.402 * red, luma - 0.344136 * blue - 0.714136 * red, luma + 1.772 * blue];
    for (const [how, colour] of [['lighter', add], ['difference', add.map((v) => -v)]]) {
      if (colour.every((v) => v < 1)) continue;
      pen.globalCompositeOperation = how;
      pen.fillStyle = css(colour);
      pen.fillRect(x, y, side, side);
    }
    pen.globalCompositeOperation = 'source-over';
  }

  function draw(view) {
    const { left, top, cell, lit } = view, { width, height } = canvas, now = performance.now();
    const moving = now - last < pause;
    last = now;
    clearTimeout(rest);
    pen.imageSmoothingQuality = moving ? 'medium' : 'high';
    pen.fillStyle = css(ground);
    pen.fillRect(0, 0, width, height);
    const there = sheets.filter(Boolean).length === mosaic.atlas.files.length;
    let photos = there && (!preview || share(cell, preview.naturalWidth / mosaic.width) > 0.5);
    if (photos && preview && moving && (width * height) / cell ** 2 > most) {
      photos = false; // until it rests
      rest = setTimeout(() => { last = -Infinity; draw(view); }, pause);
    }
    const edge = (v, from) => Math.round((v - from) * cell); // whole pixels leave no seams
    if (photos) {
      const [first, end] = mosaic.range(top, top + height / cell);
      for (const place of mosaic.places.slice(first, end)) {
        const x = edge(place.x, left), side = edge(place.x + place.span, left) - x;
        if (x < width && x + side > 0) tile(place, x, edge(place.y, top), side + 1);
      }
    } else if (preview) {
      pen.drawImage(preview, edge(0, left), edge(0, top), mosaic.width * cell, mosaic.height * cell);
    }
    if (!lit) return;
    pen.fillStyle = `rgb(0 0 0 / ${1 - shade})`;
    pen.fillRect(0, 0, width, height);
    for (const place of lit) {
      const side = Math.max(place.span * cell, least * devicePixelRatio);
      const x = (place.x + place.span / 2 - left) * cell - side / 2, y = (place.y + place.span / 2 - top) * cell - side / 2;
      if (there) tile(place, x, y, side);
      pen.strokeStyle = css(gold);
      pen.lineWidth = 1.5 * devicePixelRatio;
      pen.strokeRect(x, y, side, side);
    }
  }

  draw.preview = (picture) => { preview = picture; };
  draw.sheet = (n, picture) => { sheets[n] = picture; };
  return draw;
}
