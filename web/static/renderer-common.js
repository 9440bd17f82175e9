// What the two renderers of a mosaic share.

export const background = [13, 17, 32]; // beside the picture; red, green and blue
export const gold = [237, 194, 92];     // the rim of a highlighted place
export const dimmed = 0.25;             // the light of all other places while some are highlighted
export const minHighlight = 8;          // CSS pixels: the least side of a highlighted place

// photoShare is how far photos replace the preview, 0 to 1, where a cell takes so many pixels on the
// screen and in the preview: they fade in as the preview becomes blurred.
export function photoShare(cell, inPreview) {
  const t = Math.min(1, Math.max(0, (cell / inPreview - 1.15) / 0.6));
  return t * t * (3 - 2 * t);
}

// Where the shadings of all places are in one picture: 4 x 4 pixels each. The first one, of no place, is 0.
const perRow = 1024;
export const shadingPlace = (number) => [4 * (number % perRow), 4 * Math.floor(number / perRow)];

// shadings returns that picture, or undefined where a plan has none. write gets Y, Cb and Cr of a pixel and
// where its four bytes begin in data. pkg/render/shading.go says how a plan has them.
export function shadings({ shading }, write) {
  if (!shading) return undefined;
  const zero = 80, each = 24;
  const count = shading.length / each + 1, width = 4 * Math.min(perRow, count), height = 4 * Math.ceil(count / perRow);
  const data = new Uint8ClampedArray(4 * width * height);
  for (let n = 0; n < count; n++) {
    const [left, top] = shadingPlace(n);
    const value = (i) => (n ? shading.charCodeAt(each * (n - 1) + i) - zero : 0);
    for (let i = 0; i < 16; i++) {
      const quarter = 2 * (i >> 3) + ((i & 3) >> 1);
      write(data, 4 * ((top + (i >> 2)) * width + left + (i & 3)), n, value(i), value(16 + quarter), value(20 + quarter));
    }
  }
  return { width, height, data };
}
