import assert from 'node:assert/strict';
import { test } from 'node:test';
import { distance, labFromRGB, rgbFromLab } from '../static/colour.js';
import { cropBox } from '../static/crop-box.js';
import { photoShare } from '../static/renderer-common.js';
import { problemsByField } from '../static/submission.js';
import { shadingPlace, shadings } from '../static/shadings.js';
import { matches, searchKey } from '../static/search.js';

test('CIELAB of known colours', () => {
  for (const [rgb, want] of [ // as published for sRGB under D65
    [[255, 255, 255], [100, 0, 0]], [[0, 0, 0], [0, 0, 0]], [[255, 0, 0], [53.24, 80.09, 67.2]],
    [[0, 255, 0], [87.73, -86.18, 83.18]], [[0, 0, 255], [32.3, 79.19, -107.86]], [[119, 119, 119], [50.03, 0, 0]],
  ]) assert.ok(distance(labFromRGB(...rgb), want) < 0.05, `${rgb}: ${labFromRGB(...rgb)}, want ${want}`);
});

test('CIELAB and back', () => {
  for (let v = 0; v < 4096; v += 7) {
    const rgb = [v & 15, (v >> 4) & 15, v >> 8].map((n) => 17 * n);
    rgbFromLab(labFromRGB(...rgb)).forEach((got, i) => assert.ok(Math.abs(got - rgb[i]) < 0.1, `${rgb}: ${got}`));
  }
});

test('a crop stays inside the picture', () => {
  const picture = { width: 400, height: 200 };
  assert.deepEqual(cropBox(picture, { x: 0.5, y: 0.5, aspect: 2, zoom: 1 }), { left: 0, top: 0, width: 400, height: 200 });
  assert.deepEqual(cropBox(picture, { x: 0.5, y: 0.5, aspect: 1, zoom: 1 }), { left: 100, top: 0, width: 200, height: 200 });
  assert.deepEqual(cropBox(picture, { x: -9, y: 9, aspect: 1, zoom: 2 }), { left: 0, top: 100, width: 100, height: 100 });
  assert.deepEqual(cropBox(picture, { x: 9, y: -9, aspect: 0.5, zoom: 2 }), { left: 350, top: 0, width: 50, height: 100 });
});

test('photos fade in as the preview becomes blurred', () => {
  assert.equal(photoShare(10, 10), 0);
  assert.equal(photoShare(20, 10), 1);
  assert.ok(photoShare(14, 10) < photoShare(15, 10));
});

test('search ignores accents and case', () => {
  const keys = ['Zoë Müller', 'Zoe Miller', 'Ada'].map(searchKey);
  assert.deepEqual(matches(keys, 'ZOE', 8), [0, 1]);
  assert.deepEqual(matches(keys, 'zoe', 1), [0]);
  assert.deepEqual(matches(keys, 'müll', 8), [0]);
  assert.deepEqual(matches(keys, '', 8), []);
});

test('problems by field', () => {
  const errors = [{ field: 'handle', message: 'first' }, { field: 'handle', message: 'second' }, { field: 'size', message: 'third' }];
  assert.deepEqual(problemsByField({ detail: 'no', errors }, 'else'), { handle: 'first\nsecond', size: 'third' });
  assert.deepEqual(problemsByField({ detail: 'no' }, 'else'), { '': 'no' });
  assert.deepEqual(problemsByField(null, 'else'), { '': 'else' });
});

test('the shadings of a plan become a picture', () => {
  const shading = 'P'.repeat(24) + 'QRSTUVWXYZ[OPPPO' + 'PQRS' + 'PONM';
  const make = (n) => new Int8Array(n);
  const { width, height, data } = shadings({ shading }, make, (bytes, i, cell, ...components) => bytes.set([...components, cell], i));
  assert.deepEqual([width, height, shadingPlace({ cell: 1 })], [12, 4, [8, 0]]);
  const at = (x, y) => [...data.slice(4 * (y * width + x))].slice(0, 4);
  assert.deepEqual(at(3, 3), [0, 0, 0, 0]);
  assert.deepEqual(at(8, 0), [1, 0, 0, 1]);
  assert.deepEqual(at(11, 1), [8, 1, -1, 1]);
  assert.deepEqual(at(11, 3), [-1, 3, -3, 1]);
  assert.deepEqual(shadingPlace({ cell: 1024 }), [4, 4]);
});
