// Shows the picture that was chosen, and takes a part of it: by dragging, wheel, slider and keys.
const at = (id) => document.getElementById(id);
const longest = 2048; // pixels of the part that is sent

// crop tells changed of each picture, as it is to be.
export function crop(changed) {
  const canvas = at('crop-view'), pen = canvas.getContext('2d'), slider = at('crop-zoom');
  const shapes = [...document.querySelectorAll('input[name=crop]')];
  let picture, x = 0.5, y = 0.5, from; // the middle of the part, as a share of the picture

  const shape = () => Number(shapes.find((input) => input.checked).value) || picture.width / picture.height;

  // part is what is chosen, in the picture's own pixels.
  function part() {
    const ratio = shape(), nearer = 4 ** (slider.value / 100);
    const width = Math.min(picture.width, picture.height * ratio) / nearer, height = width / ratio;
    const keep = (middle, size, whole) => Math.min(whole - size, Math.max(0, middle * whole - size / 2));
    return { left: keep(x, width, picture.width), top: keep(y, height, picture.height), width, height };
  }

  function show() {
    const { left, top, width, height } = part();
    const scale = 512 / Math.max(width, height);
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
    pen.imageSmoothingQuality = 'high';
    pen.drawImage(picture, left, top, width, height, 0, 0, canvas.width, canvas.height);
    x = (left + width / 2) / picture.width;
    y = (top + height / 2) / picture.height;
    changed.dispatchEvent(new CustomEvent('picture', { detail: canvas }));
  }

  // move goes by a share of what is seen.
  function move(dx, dy) {
    const { width, height } = part();
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
      changed.dispatchEvent(new CustomEvent('picture'));
      return;
    }
    try {
      picture = await createImageBitmap(file); // upright, as EXIF says
    } catch {
      return; // perhaps the server can read it
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
    from = [event.clientX, event.clientY];
  });
  canvas.addEventListener('pointermove', ({ clientX, clientY }) => {
    if (!from) return;
    move((from[0] - clientX) / canvas.clientWidth, (from[1] - clientY) / canvas.clientHeight);
    from = [clientX, clientY];
  });
  for (const end of ['pointerup', 'pointercancel']) canvas.addEventListener(end, () => { from = undefined; });
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
    // part is the chosen part as a file, or undefined where it is the whole picture: that goes as it is.
    async part() {
      if (!picture) return undefined;
      const { left, top, width, height } = part();
      if (width > picture.width - 1 && height > picture.height - 1) return undefined;
      const scale = Math.min(1, longest / Math.max(width, height));
      const sheet = document.createElement('canvas');
      sheet.width = Math.round(width * scale);
      sheet.height = Math.round(height * scale);
      const brush = sheet.getContext('2d');
      brush.imageSmoothingQuality = 'high';
      brush.fillStyle = '#fff'; // behind what is transparent, as in a picture that is sent whole
      brush.fillRect(0, 0, sheet.width, sheet.height);
      brush.drawImage(picture, left, top, width, height, 0, 0, sheet.width, sheet.height);
      return (await new Promise((resolve) => sheet.toBlob(resolve, 'image/jpeg', 0.92))) ?? undefined;
    },
  };
}
