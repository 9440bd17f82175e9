import assert from 'node:assert/strict';
import { test } from 'node:test';
import { timeEstimator, timeLeft, waitEstimator } from '../static/time-estimate.js';

test('estimates from the progress so far', () => {
  let now = 0;
  const estimate = timeEstimator(() => now);
  for (const [phase, left, seconds, want] of [
    ['fetch', 100, 0, undefined], ['fetch', 90, 1, undefined], ['fetch', 80, 2, 8], ['fetch', 79, 2.1, 7.9],
    ['fetch', 79, 42.1, 78 * 42.1 / 22], // stands still: the rest is as slow
    ['solve', 80, 61, undefined], ['solve', 40, 65, 4], // another phase starts over
    ['solve', 70, 66, undefined], ['solve', 68, 67, undefined], ['solve', 60, 68, 12], // so does a second attempt
    ['solve', 0, 69, 0],
    ['queue', 9, 70, undefined], ['queue', 7, 80, 35], ['queue', 7, 84, 31], // counts down until the next is due
  ]) {
    now = 1000 * seconds;
    const got = estimate(phase, left);
    assert.ok(want === undefined ? got === undefined : Math.abs(got - want) < 1e-9, `${phase}: ${left} left after ${seconds} s: ${got}`);
  }
});

const order = [10, 30, 60, 120, 180, 300, 600, 1200, 1800, 3600, Infinity];

// said returns what is said at each status, which come half a second apart.
function said(all) {
  let now = 0;
  const estimate = waitEstimator(() => now);
  return all.map((status) => { now += 500; return estimate(status); });
}

const gathering = (done, attempt = 1) => ({ state: 'rendering', attempt, progress: { phase: 'photos', done, total: 400 } });
const matching = (done) => ({ state: 'rendering', attempt: 1, progress: { phase: 'matching', done, total: 20 } });
const many = (n, status) => Array.from({ length: n }, (_, i) => status(i));

test('the time that is left goes a step at a time through queue, phases and lulls', () => {
  const all = said([
    ...many(60, (i) => ({ state: 'queued', position: 12 - Math.floor(i / 6) })), // a place each 3 s
    ...many(30, () => ({ state: 'rendering', attempt: 1 })),
    ...many(100, gathering), // 2 photos a second: 3 minutes
    ...many(20, () => gathering(100)), // stands still
    ...many(20, (i) => gathering(100 + 15 * i)), // and ends at once
    ...many(20, matching),
  ]);
  assert.equal(all[0], undefined, 'nothing has been seen');
  const first = all.findIndex((step) => step !== undefined);
  let changed = -Infinity;
  for (let i = first + 1; i < all.length; i++) {
    const by = order.indexOf(all[i]) - order.indexOf(all[i - 1]);
    assert.ok(Math.abs(by) <= 1, `${i}: from ${all[i - 1]} to ${all[i]}`);
    if (by === 0) continue;
    assert.ok(i - changed >= 6, `${i}: changes after ${(i - changed) / 2} s`);
    changed = i;
  }
  assert.ok(new Set(all).size > 4 && all.at(-1) === 10, [...new Set(all)].join(' '));
});

test('at an even pace it only shrinks', () => {
  const all = said(many(401, gathering)).filter((step) => step !== undefined);
  assert.ok(all.every((step, i) => i === 0 || step <= all[i - 1]), all.join(' '));
  assert.deepEqual([...new Set(all)], [180, 120, 60, 30, 10]);
});

test('another attempt and a place further behind start over', () => {
  for (const worse of [gathering(0, 2), { state: 'queued', position: 1, attempt: 1 }]) {
    const all = said([...many(390, gathering), worse]);
    assert.deepEqual([all.at(-2), all.at(-1)], [10, undefined]);
  }
  const queue = said([9, 9, 8, 8, 7, 7, 6, 6, 5, 5].map((position) => ({ state: 'queued', position })).concat({ state: 'queued', position: 30 }));
  assert.ok(queue.at(-2) > 0 && queue.at(-1) === undefined, queue.join(' '));
});

test('says the time left', () => {
  for (const [step, key, values] of [[10, 'seconds', { n: 10 }], [30, 'seconds', { n: 30 }], [60, 'minutes', { n: 1 }], [3600, 'minutes', { n: 60 }], [Infinity, 'long', {}]]) {
    assert.deepEqual(timeLeft(step), [`left.${key}`, values]);
  }
});
