// Photos by dropping them on the form, or by choosing a folder.

// acceptFiles puts folders, and files dropped anywhere on the form, into a file input.
export function acceptFiles(form, input) {
  const area = document.getElementById('drop');
  const put = (files) => {
    const all = new DataTransfer();
    for (const file of files) all.items.add(file);
    input.files = all.files;
    input.dispatchEvent(new Event('change', { bubbles: true }));
  };
  document.getElementById('folder').hidden = false;
  document.getElementById('folder-photos').addEventListener('change', ({ target }) => put(target.files));
  form.addEventListener('dragover', (event) => {
    if (![...event.dataTransfer.types].includes('Files')) return;
    event.preventDefault();
    area.classList.add('over');
  });
  form.addEventListener('dragleave', () => area.classList.remove('over'));
  form.addEventListener('drop', async (event) => {
    if (event.target.type === 'file' || ![...event.dataTransfer.types].includes('Files')) return;
    event.preventDefault();
    area.classList.remove('over');
    const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
    const files = entries.length ? (await Promise.all(entries.map(filesIn))).flat() : [...event.dataTransfer.files];
    form.querySelector('#source-upload').click();
    if (files.length) put(files);
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
