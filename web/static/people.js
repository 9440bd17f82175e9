// How people are named on the page. Their names and profiles are untrusted.
import { say } from './texts.js';

const isLink = (address) => /^https?:\/\//i.test(address ?? '');
const maxNames = 6;

export const nameOf = (friend) => friend.name || friend.id;

// names is a line of names: people with the same picture share a face.
export function names(people) {
  const line = people.slice(0, maxNames).map(nameOf).join(', ');
  return people.length > maxNames ? `${line} ${say('wander.more', { n: people.length - maxNames })}` : line;
}

// linked returns the same as elements, with links to the profiles.
export function linked(people) {
  const all = people.slice(0, maxNames).flatMap((friend, i) => {
    const name = document.createElement(isLink(friend.profile) ? 'a' : 'b');
    name.textContent = nameOf(friend);
    name.dir = 'auto';
    if (name.localName === 'a') {
      name.href = friend.profile;
      name.rel = 'noopener nofollow ugc';
    }
    return i ? [', ', name] : [name];
  });
  if (people.length > maxNames) all.push(' ', say('wander.more', { n: people.length - maxNames }));
  return all;
}
