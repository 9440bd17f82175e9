// The picture to show, once there is one: what it takes to crop it is not there before.

const target = document.getElementById('target');

// chosen tells of each picture that is chosen, and gives the part of it that is to be sent.
export function chosen() {
  const changed = new EventTarget();
  let crop;
  target.addEventListener('change', async () => {
    crop ??= (await import('./crop.js')).crop(changed);
    crop.open(target.files[0]);
  });
  return { changed, part: () => crop?.part() };
}
