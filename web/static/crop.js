// Shows the target picture and selects a part of it, by dragging, wheel, slider and keys.
import { cropBox } from './crop-box.js';

const at = (id) => document.getElementById(id);
const maxSide = 2400; // pixels of the part that is sent

// crop dispatches a "picture" to events whenever the part changes.
export function crop(events) {
  const canvas = at('crop-view'), context = canvas.getContext('2d'), slider = at('crop-zoom');
  const shapes = [...document.querySelectorAll('input[name=crop]')];
  let picture, x = 0.5, y = 0.5, dragged; // the middle of the part, as a share of the picture

  const aspect = () => Number(shapes.find((input) => input.checked).value) || picture.width / picture.height;

  const box = () => cropBox(picture, { x, y, aspect: aspect(), zoom: 4 ** (slider.value / 100) });

  function show() {
    const { left, top, width, height } = box();
    const scale = 512 / Math.max(width, height);
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
    context.imageSmoothingQuality = 'high';
    context.drawImage(picture, left, top, width, height, 0, 0, canvas.width, canvas.height);
    x = (left + width / 2) / picture.width;
    y = (top + height / 2) / picture.height;
    events.dispatchEvent(new CustomEvent('picture', { detail: canvas }));
  }

  // move goes by a share of the visible part.
  function move(dx, dy) {
    const { width, height } = box();
    x += (dx * width) / picture.width;
    y += (dy * height) / picture.height;
    show();
  }
  function zoom(by) {
    slider.value = Number(slider.value) + by;
    show();
  }

  async function open(file) {
    picture?.close();
    picture = undefined;
    at('crop').hidden = true;
    if (!file) {
      events.dispatchEvent(new CustomEvent('picture'));
      return;
    }
    try {
      picture = await createImageBitmap(file); // upright, as EXIF says
    } catch {
      return; // the server may be able to read it
    }
    [x, y, slider.value] = [0.5, 0.5, 0];
    shapes[0].checked = true;
    at('crop').hidden = false;
    show();
  }

  slider.addEventListener('input', show);
  shapes.forEach((input) => input.addEventListener('change', (event) => { event.stopPropagation(); show(); }));
  canvas.addEventListener('pointerdown', (event) => {
    canvas.setPointerCapture(event.pointerId);
    dragged = [event.clientX, event.clientY];
  });
  canvas.addEventListener('pointermove', ({ clientX, clientY }) => {
    if (!dragged) return;
    move((dragged[0] - clientX) / canvas.clientWidth, (dragged[1] - clientY) / canvas.clientHeight);
    dragged = [clientX, clientY];
  });
  for (const end of ['pointerup', 'pointercancel']) canvas.addEventListener(end, () => { dragged = undefined; });
  canvas.addEventListener('wheel', (event) => {
    event.preventDefault();
    zoom(-Math.sign(event.deltaY) * 4);
  }, { passive: false });
  canvas.addEventListener('keydown', (event) => {
    const steps = { ArrowLeft: [-0.04, 0], ArrowRight: [0.04, 0], ArrowUp: [0, -0.04], ArrowDown: [0, 0.04] };
    if (steps[event.key]) move(...steps[event.key]);
    else if (event.key === '+' || event.key === '=') zoom(5);
    else if (event.key === '-') zoom(-5);
    else return;
    event.preventDefault();
  });

  return {
    open,
    // part resolves to a JPEG of the part, or to undefined for the whole picture, which is sent as it is.
    async part() {
      if (!picture) return undefined;
      const { left, top, width, height } = box();
      if (width > picture.width - 1 && height > picture.height - 1) return undefined;
      const scale = Math.min(1, maxSide / Math.max(width, height));
      const sheet = document.createElement('canvas');
      sheet.width = Math.round(width * scale);
      sheet.height = Math.round(height * scale);
      const pixels = sheet.getContext('2d');
      pixels.imageSmoothingQuality = 'high';
      pixels.fillStyle = '#fff'; // behind transparent pixels, as in a picture that is sent whole
      pixels.fillRect(0, 0, sheet.width, sheet.height);
      pixels.drawImage(picture, left, top, width, height, 0, 0, sheet.width, sheet.height);
      return (await new Promise((resolve) => sheet.toBlob(resolve, 'image/jpeg', 0.92))) ?? undefined;
    },
  };
}
