// How people are named in the page. Their names and profiles are what strangers wrote.
import { say } from './texts.js';

// isLink refuses every address but a web page's.
const isLink = (address) => /^https?:\/\//i.test(address ?? '');

const called = (friend) => friend.name || friend.id;
const shown = 6;

// names is a line of names; people who share a picture are all in it.
export function names(people) {
  const line = people.slice(0, shown).map(called).join(', ');
  return people.length > shown ? `${line} ${say('wander.more', { n: people.length - shown })}` : line;
}

// link makes elements of people, with a link to each one's profile where there is one.
export function link(people) {
  const all = people.slice(0, shown).flatMap((friend, i) => {
    const who = document.createElement(isLink(friend.profile) ? 'a' : 'b');
    who.textContent = called(friend);
    who.dir = 'auto';
    if (who.localName === 'a') {
      who.href = friend.profile;
      who.rel = 'noopener nofollow ugc';
    }
    return i ? [', ', who] : [who];
  });
  if (people.length > shown) all.push(' ', say('wander.more', { n: people.length - shown }));
  return all;
}
