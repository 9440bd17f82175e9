import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { Duplex } from 'node:stream';
import { test } from 'node:test';
import { createInflateRaw, deflateRawSync } from 'node:zlib';
import { isHidden, nameOfFile, originals } from '../static/photo-names.js';
import { openZip } from '../static/zip.js';

class Inflate { // what Node has only since version 20
  constructor(format) {
    assert.equal(format, 'deflate-raw');
    return Duplex.toWeb(createInflateRaw());
  }
}
globalThis.DecompressionStream = Inflate;

// The same cases as for the servers.
const cases = JSON.parse(await readFile(new URL('../../pkg/friends/testdata/names.json', import.meta.url)));

test('people are named after files', () => {
  for (const { file, name } of cases.files) assert.equal(nameOfFile(file, 3), name, JSON.stringify(file));
});

test('what operating systems put beside photos', () => {
  for (const { file, hidden } of cases.hidden) assert.equal(isHidden(file), hidden, file);
});

test('photos that are there as edited, too', () => {
  for (const { files, originals: want } of cases.edited) assert.deepEqual([...originals(files)].sort(), want, JSON.stringify(files));
});

const number = (n, bytes) => Array.from({ length: bytes }, (_, i) => Math.floor(n / 256 ** i) % 256);
const hex = (text = '') => Buffer.from(text, 'hex');

// zip makes a zip file; change may spoil the parts of an entry.
function zip(entries, comment = '') {
  const files = [], directory = [];
  let offset = 0;
  for (const { name, extra = [], data = Buffer.from('data'), deflate = false, flags = 0, method = deflate ? 8 : 0, size = data.length, at = offset } of entries) {
    const packed = deflate ? deflateRawSync(data) : data;
    const common = [...number(20, 2), ...number(flags, 2), ...number(method, 2), ...number(0, 8), ...number(packed.length, 4), ...number(size, 4), ...number(name.length, 2)];
    const local = Buffer.from([...number(0x04034b50, 4), ...common, ...number(0, 2), ...name, ...packed]);
    directory.push(Buffer.from([...number(0x02014b50, 4), ...number(20, 2), ...common, ...number(extra.length, 2), ...number(0, 12 - 2), ...number(at, 4), ...name, ...extra]));
    files.push(local);
    offset += local.length;
  }
  const list = Buffer.concat(directory);
  const end = Buffer.from([...number(0x06054b50, 4), ...number(0, 4), ...number(entries.length, 2), ...number(entries.length, 2), ...number(list.length, 4), ...number(offset, 4), ...number(comment.length, 2), ...Buffer.from(comment)]);
  return new Blob([...files, list, end]);
}

test('browsers that cannot unpack', async () => {
  class Older { constructor(format) { if (format === 'deflate-raw') throw new TypeError(format); } }
  try {
    for (globalThis.DecompressionStream of [undefined, Older]) await assert.rejects(openZip(zip([{ name: Buffer.from('a.jpg') }])), /cannot unpack/);
  } finally {
    globalThis.DecompressionStream = Inflate;
  }
});

test('names in zip files', async () => {
  for (const { about, entries } of cases.zips) {
    const file = zip(entries.map(({ bytes, extra, utf8 }) => ({ name: hex(bytes), extra: hex(extra), flags: utf8 ? 0x800 : 0 })));
    (await openZip(file)).forEach(({ path }, i) => {
      if (entries[i].path.includes('\ufffd')) assert.equal(nameOfFile(path, 7), 'photo 7', about);
      else assert.equal(path, entries[i].path, about);
    });
  }
});

test('stored and deflated', async () => {
  const long = Buffer.from('photo '.repeat(1000));
  const entries = await openZip(zip([
    { name: Buffer.from('us/'), data: Buffer.alloc(0) }, { name: Buffer.from('us/a.jpg') }, { name: Buffer.from('us/b.jpg'), data: long, deflate: true },
    { name: Buffer.from('c.jpg'), flags: 1 }, { name: Buffer.from('d.jpg'), method: 99 }, { name: Buffer.from('e.jpg'), data: long, deflate: true, size: long.length - 1 },
  ], 'a comment'));
  const [a, b, c, d, e] = entries;
  assert.deepEqual(entries.map(({ path, locked }) => [path, locked]), [['us/a.jpg', false], ['us/b.jpg', false], ['c.jpg', true], ['d.jpg', false], ['e.jpg', false]]);
  assert.equal(await (await a.open()).text(), 'data');
  assert.equal(await (await b.open()).text(), long.toString());
  assert.ok(c.locked);
  await assert.rejects(d.open());
  await assert.rejects(e.open());
});

test('zip files that are refused', async () => {
  const name = Buffer.from('a.jpg'), zeros = Buffer.alloc(8 << 20);
  for (const [about, file] of Object.entries({
    'a bomb': zip([{ name, data: zeros, deflate: true }]),
    'overlapping entries': zip([{ name }, { name, at: 0 }]),
    'an entry behind the end': zip([{ name, at: 1000 }]),
    'a wrong size that needs zip64': zip([{ name, size: 0xffffffff }]),
    'too many entries': zip(Array.from({ length: 11_001 }, () => ({ name }))),
    'cut off': zip([{ name }]).slice(0, 50),
    'empty': new Blob([]),
  })) await assert.rejects(openZip(file), undefined, about);
});

// Whatever bytes change: an answer or an error, and soon.
test('damaged zip files', async () => {
  const bytes = new Uint8Array(await zip([{ name: Buffer.from('a.jpg'), data: Buffer.from('photo'.repeat(9)), deflate: true }, { name: hex('4a8172'), extra: hex('75700c0001') }]).arrayBuffer());
  for (let i = 0; i < bytes.length; i++) {
    for (const value of [0, 0x55, 0xff]) {
      const spoiled = bytes.slice();
      spoiled[i] = value;
      for (const entry of await openZip(new Blob([spoiled])).catch(() => [])) await entry.open().then((blob) => assert.ok(blob.size <= 4096), () => {});
    }
  }
});
