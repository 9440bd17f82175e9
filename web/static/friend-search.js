// A search field with suggestions, after the combobox pattern of the ARIA Authoring Practices.
import { say } from './texts.js';

const plain = (s) => s.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
const most = 8;

// finder calls picked with the index of the friend that was chosen.
export function finder(input, list, friends, picked) {
  const keys = friends.map(({ name, id, profile }) => plain(`${name} ${id} ${profile ?? ''}`));
  let found = [], active = -1;

  function look() {
    const wanted = plain(input.value.trim());
    found = [];
    for (let i = 0; wanted && i < keys.length && found.length < most; i++) if (keys[i].includes(wanted)) found.push(i);
    active = found.length ? 0 : -1;
    list.replaceChildren(...found.map((friend, i) => {
      const option = document.createElement('li');
      option.id = `found-${i}`;
      option.setAttribute('role', 'option');
      option.dir = 'auto';
      option.textContent = friends[friend].name || friends[friend].id;
      option.addEventListener('pointerdown', (event) => { event.preventDefault(); pick(i); });
      return option;
    }));
    if (wanted && !found.length) {
      const none = document.createElement('li');
      none.setAttribute('role', 'option');
      none.setAttribute('aria-disabled', 'true');
      none.textContent = say('find.none');
      list.append(none);
    }
    open(Boolean(wanted));
    mark();
  }

  function open(is) {
    list.hidden = !is;
    input.setAttribute('aria-expanded', is);
    if (!is) input.removeAttribute('aria-activedescendant');
  }

  function mark() {
    [...list.children].forEach((option, i) => option.setAttribute('aria-selected', i === active));
    if (active >= 0 && !list.hidden) input.setAttribute('aria-activedescendant', `found-${active}`);
  }

  function pick(i) {
    input.value = friends[found[i]].name || friends[found[i]].id;
    open(false);
    picked(found[i]);
  }

  input.addEventListener('input', look);
  input.addEventListener('focus', () => input.select());
  input.addEventListener('blur', () => open(false));
  input.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') {
      if (list.hidden) return;
      open(false);
    } else if (event.key === 'Enter') {
      if (active >= 0) pick(active);
    } else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      if (list.hidden) look();
      if (found.length) active = (active + (event.key === 'ArrowDown' ? 1 : -1) + found.length) % found.length;
      mark();
    } else {
      return;
    }
    event.preventDefault();
  });
}
