import assert from 'node:assert/strict';
import { test } from 'node:test';
import { layout } from '../static/layout.js';

const friends = [{ id: 'a' }, { id: 'b' }, { id: 'c' }];

test('square', () => {
  const m = layout({ columns: 3, rows: 2, cells: [0, 1, 0, 1, 0, 2], friends, shifts: [1, 2, 3] });
  assert.deepEqual([m.width, m.height, m.places.length], [3, 2, 6]);
  assert.equal(m.at(1.5, 0.5), m.places[1]);
  assert.equal(m.at(2.9, 1.9).face, 2);
  for (const [x, y] of [[-0.1, 0], [3, 0], [0, -0.1], [0, 2]]) assert.equal(m.at(x, y), undefined, `${x}, ${y}`);
  assert.deepEqual(m.placesOfFace.map((places) => places.length), [3, 2, 1]);
  assert.deepEqual(m.tint(m.places[0]), [1, 2, 3]);
  assert.deepEqual(m.tint(m.places[1]), [0, 0, 0]); // a plan without tints has no shifts
  assert.deepEqual(m.faces.map((face) => face.friends), [[0], [1], [2]]);
});

test('brick: every second row begins half a cell further left', () => {
  const m = layout({ columns: 3, rows: 2, cells: [0, 1, 2, 0, 1, 2], friends, shape: 'brick' });
  assert.equal(m.width, 2.5);
  assert.equal(m.at(0.6, 0.5).face, 0);
  assert.equal(m.at(0.6, 1.5).face, 1);
  assert.equal(m.at(2.4, 1.5).face, 2);
  assert.equal(m.places[3].x, -0.5);
});

test('detail: a place spans several cells', () => {
  const m = layout({ columns: 3, rows: 2, cells: [0, 0, 1, 0, 0, 2], spans: [2, 0, 1, 0, 0, 1], friends });
  assert.equal(m.places.length, 3);
  assert.deepEqual(m.places[0], { x: 0, y: 0, span: 2, cell: 0, face: 0 });
  for (const [x, y] of [[0.5, 0.5], [1.5, 0.5], [0.5, 1.5], [1.5, 1.5]]) assert.equal(m.at(x, y), m.places[0]);
  assert.equal(m.at(2.5, 1.5).face, 2);
});

test('visible places include those that begin above', () => {
  const spans = Array(40).fill(1);
  spans[0] = 4;
  const m = layout({ columns: 4, rows: 10, cells: Array(40).fill(0), spans, friends });
  const seen = (top, bottom) => m.places.slice(...m.visible(top, bottom));
  assert.ok(seen(3.2, 4).includes(m.places[0]));
  assert.deepEqual(seen(-5, 99), m.places);
  assert.deepEqual(seen(20, 30), []);
  for (const place of m.places) assert.ok(seen(place.y + 0.1, place.y + 0.2).includes(place));
});

test('version 2: people with the same picture share a face', () => {
  const m = layout({ columns: 1, rows: 1, cells: [0], friends, faces: [{ sheet: 0, x: 0, y: 0, friends: [0, 2] }] });
  assert.deepEqual(m.faces[m.at(0.5, 0.5).face].friends, [0, 2]);
});

test('a place shows its whole photo, or a crop of it', () => {
  const faces = [{ sheet: 1, x: 96, y: 192, friends: [0], crops: [[0.1, 0.25, 0.7]] }, { sheet: 0, x: 0, y: 0, friends: [1] }];
  const plan = { columns: 3, rows: 1, cells: [0, 0, 1], crops: [0, 1, 0], friends, faces, atlas: { tile: 96, files: [] } };
  const seen = (p) => { const m = layout(p); return m.places.map(m.photo); };
  assert.deepEqual(seen(plan), [
    { sheet: 1, x: 96, y: 192, side: 96 }, { sheet: 1, x: 106, y: 216, side: 67 }, { sheet: 0, x: 0, y: 0, side: 96 }]);
  assert.deepEqual(seen({ ...plan, crops: undefined })[1], { sheet: 1, x: 96, y: 192, side: 96 });
});
