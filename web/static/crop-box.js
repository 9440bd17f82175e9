// Which part of a picture is cropped.

// cropBox returns the part in the picture's own pixels. x and y are its centre as shares of the picture,
// aspect is its width by its height; at zoom 1 it is as large as the picture allows.
export function cropBox(picture, { x, y, aspect, zoom }) {
  const width = Math.min(picture.width, picture.height * aspect) / zoom, height = width / aspect;
  const inside = (centre, size, whole) => Math.min(whole - size, Math.max(0, centre * whole - size / 2));
  return { left: inside(x, width, picture.width), top: inside(y, height, picture.height), width, height };
}
