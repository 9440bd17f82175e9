// Saves the form's choices: in the page's address, so that it can be shared, and in the browser; links only there.

const names = ['source', 'handle', 'direction', 'links', 'size', 'shape', 'tint', 'auto_tint', 'fair'];
const storageKey = 'smalti';

// saveChoices fills in the choices of the address, or else the last ones, and saves every change. A form
// that the server sent back has choices already.
export function saveChoices(form) {
  const inputs = (name) => [...form.querySelectorAll(`[name="${name}"]:not([type=hidden])`)];
  const address = new URLSearchParams(location.search);
  const linked = names.filter((name) => address.has(name));
  const last = lastChoices();
  const wanted = linked.length ? { links: last.links, ...Object.fromEntries(linked.map((name) => [name, address.get(name)])) } : last;
  if (linked.includes('tint')) wanted.auto_tint ??= 'off';
  if (form.querySelector('#problem').hidden) {
    for (const name of names) if (typeof wanted[name] === 'string') inputs(name).forEach((input) => setValue(input, wanted[name]));
  }
  form.addEventListener('change', (event) => {
    if (!names.includes(event.target.name)) return;
    const current = {};
    for (const name of names) current[name] = valueOf(inputs(name));
    try {
      localStorage.setItem(storageKey, JSON.stringify(current));
    } catch { /* storage is full or not allowed */ }
    const link = new URLSearchParams(Object.entries(current).filter(([name, v]) => v !== '' && name !== 'links'));
    const { chosen } = document.documentElement.dataset;
    if (chosen) link.set('lang', chosen);
    if (location.pathname === '/') history.replaceState(null, '', `?${link}`);
  });
}

function lastChoices() {
  try {
    return JSON.parse(localStorage.getItem(storageKey)) ?? {};
  } catch {
    return {};
  }
}

function setValue(input, value) {
  if (input.type === 'radio') input.checked ||= input.value === value;
  else if (input.type === 'checkbox') input.checked = value === 'on';
  else input.value = value;
}

function valueOf(inputs) {
  const [first] = inputs;
  if (first.type === 'radio') return inputs.find((input) => input.checked)?.value ?? '';
  if (first.type === 'checkbox') return first.checked ? 'on' : 'off';
  return first.value;
}
