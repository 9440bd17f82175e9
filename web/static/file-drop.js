// Photos by dropping them on the page, or by choosing a folder.

// acceptFiles puts folders, and files dropped anywhere on the page, into the file input of photos. Those dropped around
// the target's are for that one. A browser would leave the page for a file that nobody takes.
export function acceptFiles(form, photos, target) {
  const areas = [document.getElementById('drop'), target.closest('fieldset')];
  const areaOf = (event) => areas[areas[1].contains(event.target) ? 1 : 0];
  const mark = (area) => areas.forEach((each) => each.classList.toggle('over', each === area));
  const put = (input, files) => {
    const all = new DataTransfer();
    for (const file of files) all.items.add(file);
    input.files = all.files;
    input.dispatchEvent(new Event('change', { bubbles: true }));
  };
  document.getElementById('folder').hidden = false;
  document.getElementById('folder-photos').addEventListener('change', (event) => put(photos, event.target.files));
  const onFiles = (name, act) => document.addEventListener(name, (event) => {
    if (![...event.dataTransfer.types].includes('Files')) return;
    event.preventDefault();
    act(event);
  });
  onFiles('dragover', (event) => mark(areaOf(event)));
  document.addEventListener('dragleave', () => mark());
  onFiles('drop', async (event) => {
    const area = areaOf(event);
    mark();
    const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
    const files = entries.length ? (await Promise.all(entries.map(filesIn))).flat() : [...event.dataTransfer.files];
    if (area !== areas[0]) put(target, files.slice(0, 1));
    else if (files.length) {
      form.querySelector('#source-upload').click();
      put(photos, files);
    }
  });
}

// filesIn lists the files of a dropped file or folder, without hidden ones.
async function filesIn(entry) {
  if (/^\.|^__MACOSX$/.test(entry.name)) return [];
  if (entry.isFile) return new Promise((resolve) => entry.file((file) => resolve([file]), () => resolve([])));
  const reader = entry.createReader(), all = [];
  for (;;) {
    const some = await new Promise((resolve) => reader.readEntries(resolve, () => resolve([])));
    if (!some.length) return (await Promise.all(all.map(filesIn))).flat();
    all.push(...some);
  }
}
