import assert from 'node:assert/strict';
import { test } from 'node:test';

// The page that the modules below find when they are imported.
const texts = {
  'wander.more': 'and {n} more', 'wander.more.one': 'and one more', 'done.size': '{width} × {height} px', 'hello': 'Hello {name}',
};
globalThis.document = { documentElement: { lang: 'en' }, getElementById: () => ({ textContent: JSON.stringify(texts) }) };
const { say, date } = await import('../static/texts.js');
const { names } = await import('../static/people.js');
const { colourIndex, initials } = await import('../static/friend-picker.js');

test('texts', () => {
  assert.equal(say('hello', { name: '$& <b>' }), 'Hello $& <b>');
  assert.equal(say('done.size', { width: 12000, height: 9 }), '12,000 × 9 px');
  assert.equal(say('wander.more', { n: 1 }), 'and one more');
  assert.equal(say('wander.more', { n: 1234 }), 'and 1,234 more');
  assert.equal(date('2026-03-01T12:00:00Z'), '1 March 2026');
});

test('a line of names has at most six', () => {
  const people = Array.from({ length: 8 }, (_, i) => ({ id: `${i}`, name: i % 2 ? '' : `N${i}` }));
  assert.equal(names(people.slice(0, 6)), 'N0, 1, N2, 3, N4, 5');
  assert.equal(names(people.slice(0, 7)), 'N0, 1, N2, 3, N4, 5 and one more');
  assert.equal(names(people), 'N0, 1, N2, 3, N4, 5 and 2 more');
});

test('initials', () => {
  for (const [name, want] of [['Ada Lovelace', 'AL'], ['@anna', 'A'], ['jean-luc.x', 'JL'], ['😀 smile', '😀S'], ['', '']]) assert.equal(initials(name), want);
});

test('the colour of a tile is one of six, and always the same', () => {
  const seen = new Set(Array.from({ length: 100 }, (_, i) => colourIndex(`friend ${i}`)));
  assert.deepEqual([...seen].sort(), [0, 1, 2, 3, 4, 5]);
  assert.equal(colourIndex('a'), colourIndex('a'));
});
