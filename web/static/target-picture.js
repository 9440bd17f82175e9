// The target picture. The cropper is loaded with the first one.
import { say } from './texts.js';

const side = 2400; // pixels
const target = document.getElementById('target');

// targetPicture returns events, which get a "picture" for each one that is chosen or cropped, and part,
// which resolves to the part to send.
export function targetPicture() {
  const events = new EventTarget();
  let crop;
  target.addEventListener('change', async () => {
    look(target.files[0]);
    crop ??= (await import('./crop.js').catch(() => undefined))?.crop(events);
    crop?.open(target.files[0]); // without that script, the whole picture is sent
  });

  // look says at once where a file is no picture.
  async function look(file) {
    const kind = file && await import('./file-kind.js').then(({ kindOf }) => kindOf(file)).catch(() => undefined);
    const place = document.getElementById('problem-target'), bad = kind === 'zip' || kind === 'other';
    if (file !== target.files[0]) return;
    place.textContent = bad ? say('refused.kind') : '';
    place.hidden = !bad;
    if (bad) target.setAttribute('aria-invalid', 'true');
    else target.removeAttribute('aria-invalid');
  }

  // A picture that is not cropped is made small; if that script cannot be loaded, it is sent as it is.
  const whole = new WeakMap();
  function small(file) {
    if (!file) return undefined;
    if (!whole.has(file)) whole.set(file, import('./shrinkers.js').then(({ shrunk }) => shrunk(file, side)).then(({ blob }) => blob, () => undefined));
    return whole.get(file);
  }
  return { events, part: async () => (await crop?.part()) ?? small(target.files[0]) };
}
