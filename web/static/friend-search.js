// The search for a friend: a combobox as in the ARIA Authoring Practices.
import { matches, searchKey } from './search.js';
import { nameOf } from './people.js';
import { say } from './texts.js';

const maxFound = 8;

// friendSearch calls picked with the index of the friend that was chosen. It returns a function that takes the friends to
// search among.
export function friendSearch(input, list, picked) {
  let friends = [], keys = [], found = [], active = -1;

  function search() {
    const wanted = input.value.trim();
    found = matches(keys, wanted, maxFound);
    active = found.length ? 0 : -1;
    list.replaceChildren(...found.map((friend, i) => {
      const option = document.createElement('li');
      option.id = `found-${i}`;
      option.setAttribute('role', 'option');
      option.dir = 'auto';
      option.textContent = nameOf(friends[friend]);
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
    setOpen(wanted !== '');
    markActive();
  }

  function setOpen(open) {
    list.hidden = !open;
    input.setAttribute('aria-expanded', open);
    if (!open) input.removeAttribute('aria-activedescendant');
  }

  function markActive() {
    [...list.children].forEach((option, i) => option.setAttribute('aria-selected', i === active));
    if (active >= 0 && !list.hidden) input.setAttribute('aria-activedescendant', `found-${active}`);
  }

  function pick(i) {
    input.value = nameOf(friends[found[i]]);
    setOpen(false);
    picked(found[i]);
  }

  input.addEventListener('input', search);
  input.addEventListener('focus', () => input.select());
  input.addEventListener('blur', () => setOpen(false));
  input.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') {
      if (list.hidden) return;
      setOpen(false);
    } else if (event.key === 'Enter') {
      if (active >= 0) pick(active);
    } else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      if (list.hidden) search();
      if (found.length) active = (active + (event.key === 'ArrowDown' ? 1 : -1) + found.length) % found.length;
      markActive();
    } else {
      return;
    }
    event.preventDefault();
  });
  return (all) => {
    setOpen(false);
    friends = all;
    keys = all.map(({ name, id, profile }) => searchKey(`${name} ${id} ${profile ?? ''}`));
  };
}
