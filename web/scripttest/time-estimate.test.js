import assert from 'node:assert/strict';
import { test } from 'node:test';
import { timeEstimator, timeLeft } from '../static/time-estimate.js';

test('estimates from the progress so far', () => {
  let now = 0;
  const estimate = timeEstimator(() => now);
  for (const [phase, left, seconds, want] of [
    ['fetch', 100, 0, undefined], ['fetch', 90, 1, undefined], ['fetch', 80, 2, 8], ['fetch', 80, 3, 7],
    ['fetch', 80, 60, 0], // stands still
    ['solve', 80, 61, undefined], ['solve', 40, 65, 4], // another phase starts over
    ['solve', 70, 66, undefined], ['solve', 68, 67, undefined], ['solve', 60, 68, 12], // so does a second attempt
    ['solve', 0, 69, 0],
  ]) {
    now = 1000 * seconds;
    assert.equal(estimate(phase, left), want, `${phase}: ${left} left after ${seconds} s`);
  }
});

test('rounds the time left', () => {
  for (const [seconds, key, n] of [
    [0, 'seconds', 5], [11, 'seconds', 20], [49, 'seconds', 50], [50, 'minutes', 1], [89, 'minutes', 1], [91, 'minutes', 2], [3600, 'minutes', 60],
  ]) {
    assert.deepEqual(timeLeft(seconds, 'rendering'), [`left.phase.${key}`, { n }]);
    assert.deepEqual(timeLeft(seconds, 'queued'), [`left.queue.${key}`, { n }]);
  }
});
