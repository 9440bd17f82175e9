// Keeps the choices of the form: in the address, so that they make a link, and in the browser.

const kept = ['source', 'handle', 'direction', 'size', 'shape', 'tint', 'everyone'];
const place = 'smalti';

// choices fills in what the address says, or else what was chosen last, and follows what changes. A
// form that the server sent back has its own choices.
export function choices(form) {
  const inputs = (name) => [...form.querySelectorAll(`[name="${name}"]:not([type=hidden])`)];
  const address = new URLSearchParams(location.search);
  const linked = kept.filter((name) => address.has(name));
  const wanted = linked.length ? Object.fromEntries(linked.map((name) => [name, address.get(name)])) : remembered();
  if (form.querySelector('#problem').hidden) {
    for (const name of kept) if (typeof wanted[name] === 'string') inputs(name).forEach((input) => put(input, wanted[name]));
  }
  form.addEventListener('change', (event) => {
    if (!kept.includes(event.target.name)) return;
    const now = {};
    for (const name of kept) now[name] = value(inputs(name));
    try {
      localStorage.setItem(place, JSON.stringify(now));
    } catch { /* a browser that keeps nothing */ }
    const link = new URLSearchParams(Object.entries(now).filter(([, v]) => v !== ''));
    const { chosen } = document.documentElement.dataset;
    if (chosen) link.set('lang', chosen);
    if (location.pathname === '/') history.replaceState(null, '', `?${link}`);
  });
}

function remembered() {
  try {
    return JSON.parse(localStorage.getItem(place)) ?? {};
  } catch {
    return {};
  }
}

function put(input, value) {
  if (input.type === 'radio') input.checked ||= input.value === value;
  else if (input.type === 'checkbox') input.checked = value === 'on';
  else input.value = value;
}

function value(inputs) {
  const [first] = inputs;
  if (first.type === 'radio') return inputs.find((input) => input.checked)?.value ?? '';
  if (first.type === 'checkbox') return first.checked ? 'on' : 'off';
  return first.value;
}
