import assert from 'node:assert/strict';
import { test } from 'node:test';
import { batches } from '../static/batches.js';
import { carriesMetadata, withoutMetadata } from '../static/metadata.js';

const bytes = (...parts) => new Uint8Array(Buffer.concat(parts.map((part) => Buffer.from(part))));
const segment = (marker, text) => bytes([0xff, marker, 0, text.length + 2], text);

test('what says more than a picture', () => {
  const jpeg = (...segments) => bytes([0xff, 0xd8], ...segments, [0xff, 0xda, 0, 2, 1, 2, 3, 0xff, 0xd9]);
  const chunk = (type, data = '') => bytes([0, 0, 0, data.length], type, data, [0, 0, 0, 0]);
  const png = (...chunks) => bytes('\x89PNG\r\n\x1a\n'.split('').map((c) => c.charCodeAt(0)), ...chunks, chunk('IEND'));
  const webp = (...chunks) => bytes('RIFF', [0, 0, 0, 0], 'WEBP', ...chunks);
  for (const [about, file, want] of [
    ['JFIF and a profile', jpeg(segment(0xe0, 'JFIF'), segment(0xe2, 'ICC_PROFILE\0')), false], ['EXIF', jpeg(segment(0xe1, 'Exif')), true],
    ['IPTC', jpeg(segment(0xed, 'Photoshop')), true], ['a comment', jpeg(segment(0xfe, 'at home')), true], ['other pictures', jpeg(segment(0xe2, 'MPF\0')), true],
    ['a JPEG cut off', bytes([0xff, 0xd8, 0xff, 0xe0, 0, 9]), true], ['PNG', png(chunk('IDAT')), false], ['PNG with text', png(chunk('tEXt', 'x')), true],
    ['PNG with EXIF behind it', png(chunk('IDAT'), chunk('eXIf')), true], ['WebP', webp(bytes('VP8 ', [2, 0, 0, 0, 1, 2])), false],
    ['WebP with EXIF', webp(bytes('VP8 ', [1, 0, 0, 0, 1, 0]), bytes('EXIF', [0, 0, 0, 0])), true], ['GIF', bytes('GIF89a'), false],
    ['behind the JPEG', bytes(jpeg(), 'a film'), true], ['GIF with XMP', bytes('GIF89a..XMP DataXMP'), true], ['anything else', bytes('BM......'), true],
  ]) assert.equal(carriesMetadata(file), want, about);
});

const latin1 = async (blob) => Buffer.from(await blob.arrayBuffer()).toString('latin1');

test('JPEG, PNG and WebP without what the camera said', async () => {
  const exif = bytes('Exif\0\0II', [42, 0, 8, 0, 0, 0, 2, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, 6, 0, 0, 0], 'GPS 52.5....');
  const scan = bytes([0xff, 0xda, 0, 2, 1, 0xff, 0, 0xff, 0xd3, 2]);
  const chunk = (type, data) => bytes([0, 0, 0, data.length], type, data, 'CRC.');
  for (const [about, before, after] of [
    ['JPEG', bytes([0xff, 0xd8], segment(0xe0, 'JFIF'), segment(0xe1, exif), segment(0xed, 'GPS'), scan, segment(0xfe, 'GPS'), scan, [0xff, 0xd9], 'film, GPS'),
      bytes([0xff, 0xd8], segment(0xe0, 'JFIF'), segment(0xe1, bytes('Exif\0\0MM', [0, 42, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0])), scan, scan, [0xff, 0xd9])],
    ['a JPEG that is cut off', bytes([0xff, 0xd8], segment(0xe1, 'http://ns.adobe.com GPS'), scan), bytes([0xff, 0xd8], scan)],
    ['PNG', bytes('\0PNG....', chunk('eXIf', 'GPS'), chunk('IDAT', 'x'), chunk('tEXt', 'GPS'), chunk('IEND', ''), 'GPS'), bytes('\0PNG....', chunk('IDAT', 'x'), chunk('IEND', ''))],
    ['WebP', bytes('RIFF....WEBPVP8 ', [1, 0, 0, 0], 'x', [0], 'EXIF', [4, 0, 0, 0], 'GPS.'), bytes('RIFF....WEBPVP8 ', [1, 0, 0, 0], 'x', [0], 'EXIF', [4, 0, 0, 0], [0, 0, 0, 0])],
  ]) assert.equal(await latin1(await withoutMetadata(new Blob([before]))), Buffer.from(after).toString('latin1'), about);
});

// heic is a file with two items: a picture, and what the camera says about it.
function heic(method) {
  const box = (type, ...data) => {
    const all = bytes(...data);
    return bytes([0, 0, 0, all.length + 8], type, all);
  };
  const infe = (id, type) => box('infe', [2, 0, 0, 0, 0, id, 0, 0], type, [0]);
  const item = (id, from, length) => bytes([0, id, 0, method, 0, 0, 0, 1, 0, 0, 0, from, 0, 0, 0, length]);
  const make = (base) => bytes(box('ftyp', 'heic', [0, 0, 0, 0]), box('meta', [0, 0, 0, 0], box('iinf', [0, 0, 0, 0, 0, 2], infe(1, 'hvc1'), infe(2, 'Exif')),
    box('iloc', [1, 0, 0, 0, 0x44, 0, 0, 2], item(1, base, 4), item(2, base + 4, 8)), ...(method ? [box('idat', 'PICTGPS 52.5')] : [])), ...(method ? [] : [box('mdat', 'PICTGPS 52.5')]));
  const file = make(0), start = Buffer.from(file).indexOf('PICT');
  return make(method ? 0 : start);
}

test('HEIC without what the camera said', async () => {
  for (const method of [0, 1]) {
    const before = heic(method), after = Buffer.from(await (await withoutMetadata(new Blob([before]))).arrayBuffer());
    assert.equal(after.length, before.length);
    assert.ok(after.includes('PICT') && !after.includes('GPS'), `method ${method}: ${after.toString('latin1')}`);
  }
  const other = new Blob(['no picture']);
  assert.equal(await withoutMetadata(other), other);
});

test('damaged HEIC files', async () => {
  const file = heic(0);
  for (let i = 0; i < file.length; i++) {
    for (const value of [0, 1, 0x55, 0xff]) {
      const spoiled = file.slice();
      spoiled[i] = value;
      assert.equal((await withoutMetadata(new Blob([spoiled]))).size, file.length);
    }
  }
});

// server answers requests one after the other, as the test says.
function server(t) {
  const asked = [];
  globalThis.document = { documentElement: { lang: 'en' } };
  t.mock.method(globalThis, 'fetch', (_, { body }) => new Promise((resolve, reject) => {
    const names = body.getAll('photos').map(({ name }) => name);
    asked.push({ names, fail: () => reject(new TypeError('away')), answer: (status = 201, said = { files: names.map((name) => ({ name })) }, headers = {}) => resolve(new Response(JSON.stringify(said), { status, headers })) });
  }));
  return asked;
}
const settle = () => new Promise((resolve) => { setImmediate(resolve); });
const photo = (name, size = 10) => ({ name, blob: new Blob([new Uint8Array(size)]) });

test('the first photo goes at once, others together', async (t) => {
  const asked = server(t), { send, flush } = batches('/photos');
  const sent = Array.from({ length: 20 }, (_, i) => send(photo(`${i}`)));
  assert.deepEqual(asked.map(({ names }) => names.length), [1, 16]);
  asked[0].answer();
  asked[1].answer();
  assert.deepEqual(await sent[16], { name: '16' });
  assert.equal(asked.length, 2); // more may come
  flush();
  assert.deepEqual(asked[2].names, ['17', '18', '19']);
  asked[2].answer();
  await Promise.all(sent);
});

test('large photos make small batches', async (t) => {
  const asked = server(t), { send } = batches('/photos');
  for (let i = 0; i < 6; i++) send(photo(`${i}`, 900_000));
  assert.deepEqual(asked.map(({ names }) => names), [['0'], ['1', '2']]);
});

test('what passes is tried again, and the rest is said', async (t) => {
  const waits = [], asked = server(t), { send } = batches('/photos', { pause: async (ms) => waits.push(ms) });
  const first = send(photo('a'));
  asked[0].fail();
  await settle();
  asked[1].answer(503, { detail: 'busy' }, { 'Retry-After': '7' });
  await settle();
  asked[2].answer();
  assert.deepEqual(await first, { name: 'a' });
  assert.deepEqual(waits, [1000, 7000]);
  const { send: again } = batches('/photos');
  const second = again(photo('b'));
  asked[3].answer(413, { detail: 'too much' });
  await assert.rejects(second, /too much/);
});
