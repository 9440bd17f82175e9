// Makes photos small in the browser: upright, in sRGB, without EXIF, as JPEG.
import { carriesMetadata, withoutMetadata } from './metadata.js';

const quality = 0.88;

// shrink resolves to { blob, seen }: the photo with no side longer than most pixels. Where the browser cannot show it,
// seen is false, and the blob is the file itself.
export async function shrink(file, most) {
  const picture = await decode(file);
  if (!picture) return { blob: await withoutMetadata(file), seen: false };
  const small = Math.max(picture.width, picture.height) <= most;
  const canvas = scale(picture, most);
  picture.close();
  const blob = await encode(canvas);
  // The first frame of an animation may be blank; the servers look for a better one.
  const keep = (small && blob.size >= file.size) || (mayMove(file) && isBlank(canvas));
  if (keep && !carriesMetadata(new Uint8Array(await file.arrayBuffer()))) return { blob: file, seen: true };
  return { blob, seen: true };
}

// decode turns as EXIF says. Older browsers do so without being asked, and do not know the option.
async function decode(file) {
  try {
    return await createImageBitmap(file, { imageOrientation: 'from-image' });
  } catch (problem) {
    return problem instanceof TypeError ? createImageBitmap(file).catch(() => undefined) : undefined;
  }
}

// scale halves until less than half is left to do: browsers do not all average when they scale by more at once.
function scale(picture, most) {
  const by = Math.min(1, most / Math.max(picture.width, picture.height));
  const width = Math.max(1, Math.round(picture.width * by)), height = Math.max(1, Math.round(picture.height * by));
  let from = picture;
  while (from.width >= 2 * width && from.height >= 2 * height) from = draw(from, Math.ceil(from.width / 2), Math.ceil(from.height / 2));
  return draw(from, width, height);
}

function draw(picture, width, height) {
  const canvas = sheet(width, height), brush = canvas.getContext('2d', { alpha: false }); // of sRGB
  brush.imageSmoothingQuality = 'high';
  brush.fillStyle = '#fff'; // behind transparent pixels, as the servers do
  brush.fillRect(0, 0, width, height);
  brush.drawImage(picture, 0, 0, width, height);
  return canvas;
}

function sheet(width, height) {
  if (globalThis.OffscreenCanvas) return new OffscreenCanvas(width, height);
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [width, height];
  return canvas;
}

function encode(canvas) {
  if (canvas.convertToBlob) return canvas.convertToBlob({ type: 'image/jpeg', quality });
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('no memory'))), 'image/jpeg', quality);
  });
}

const mayMove = ({ type }) => /gif|webp|png/.test(type);

function isBlank(canvas) {
  const pixels = new Uint32Array(draw(canvas, 16, 16).getContext('2d').getImageData(0, 0, 16, 16).data.buffer);
  return pixels.every((pixel) => pixel === pixels[0]);
}
