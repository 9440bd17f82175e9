// The target picture. The cropper is loaded with the first one.

const target = document.getElementById('target');

// targetPicture returns events, which get a "picture" for each one that is chosen or cropped, and part,
// which resolves to the part to send.
export function targetPicture() {
  const events = new EventTarget();
  let crop;
  target.addEventListener('change', async () => {
    crop ??= (await import('./crop.js')).crop(events);
    crop.open(target.files[0]);
  });
  return { events, part: () => crop?.part() };
}
