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
