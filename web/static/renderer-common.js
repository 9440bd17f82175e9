// What the two ways of drawing a mosaic have in common.

export const ground = [13, 17, 32];   // beside the picture; red, green and blue
export const gold = [237, 194, 92];   // around a place that is pointed out
export const shade = 0.25;            // what is left of the light on all the others
export const least = 8;               // CSS pixels: the least side of a place that is pointed out

// share is how much of the single photos is to be seen, 0 to 1, where a cell is so many pixels on
// the screen and in the preview: photos take over once the preview would be blurred.
export function share(cell, inPreview) {
  const t = Math.min(1, Math.max(0, (cell / inPreview - 1.15) / 0.6));
  return t * t * (3 - 2 * t);
}
