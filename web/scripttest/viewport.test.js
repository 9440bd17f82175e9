import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Viewport } from '../static/viewport.js';

// A picture of 40 x 20 cells in an element of 400 x 300 pixels.
function view() {
  const viewport = new Viewport(40, 20, 160);
  viewport.resize(400, 300);
  return viewport;
}

const near = (got, want, what = '') => assert.ok(Math.abs(got - want) < 1e-9, `${what} ${got}, want ${want}`);

test('begins with the whole picture', () => {
  const v = view();
  assert.equal(v.scale, 10);
  assert.ok(v.isWhole());
  assert.deepEqual(v.corner(), [0, -5]); // 10 cells of background, above and below
});

test('zooms around a point', () => {
  const v = view(), at = [100, 140], before = v.cellAt(at);
  v.zoom(6, at);
  assert.equal(v.scale, 60);
  v.cellAt(at).forEach((now, i) => near(now, before[i]));
});

test('zooms no closer than the largest scale, and no further out than the whole picture', () => {
  const v = view();
  v.zoom(1000);
  assert.equal(v.scale, 160);
  v.zoom(0.0001);
  assert.equal(v.scale, 10);
  assert.deepEqual([v.x, v.y], [20, 10]);
});

test('a picture of few cells may be shown larger than the largest scale', () => {
  const v = new Viewport(2, 2, 160);
  v.resize(1000, 1000);
  assert.equal(v.scale, 500);
  v.zoom(2);
  assert.equal(v.scale, 500);
});

test('never leaves a gap that the picture could fill', () => {
  const v = view();
  v.zoom(4);
  v.pan(10_000, 10_000);
  v.corner().forEach((c) => near(c, 0));
  v.pan(-10_000, -10_000);
  const [left, top] = v.corner();
  near(left + 400 / 40, 40);
  near(top + 300 / 40, 20);
});

test('pans by what the pointer moved', () => {
  const v = view();
  v.zoom(4);
  const at = v.cellAt([200, 150]);
  v.pan(30, -20);
  v.cellAt([230, 130]).forEach((now, i) => near(now, at[i]));
});

test('a view of the whole picture remains one when the element is resized', () => {
  const v = view();
  v.resize(800, 600);
  assert.ok(v.isWhole());
  v.zoom(3);
  v.resize(400, 300);
  assert.equal(v.scale, 60);
});

test('an element without a size does not break it', () => {
  const v = new Viewport(40, 20, 160);
  v.resize(0, 0);
  assert.ok(v.scale > 0 && Number.isFinite(v.corner()[0]));
});

test('flights end where they should, without leaving the picture', () => {
  for (const [x, y, scale] of [[30.5, 5.5, 100], [20, 10, 0], [1, 1, 10_000], [39, 19, 100]]) {
    const v = view();
    v.zoom(8);
    v.pan(500, 300);
    const target = view();
    Object.assign(target, { x, y, scale });
    target.settle();
    const move = v.flight(x, y, scale);
    for (let t = 0; t <= 1; t += 1 / 64) {
      move(t);
      const [left, top] = v.corner();
      assert.ok(v.scale >= v.minScale && v.scale <= v.maxScale, `scale ${v.scale}`);
      assert.ok(left >= -1e-9 && left + v.box.width / v.scale <= v.width + 1e-9 || v.box.width / v.scale >= v.width - 1e-9, `left ${left}`);
      assert.ok(Number.isFinite(top));
    }
    for (const k of ['x', 'y', 'scale']) near(v[k], target[k], k);
  }
});

test('long flights zoom out in between', () => {
  const v = view();
  v.zoom(16);
  v.pan(100_000, 100_000);
  const { scale } = v, move = v.flight(38, 18, scale);
  move(0.5);
  assert.ok(v.scale < scale / 2);
});
