// Makes a few photos small at a time, in workers where the browser has them.
import { shrink } from './shrink.js';

const atOnce = Math.min(3, navigator.hardwareConcurrency || 1); // each has a whole photo in memory, of about 50 MB
const readyWithin = 10_000; // ms
const waiting = [], idle = [];
let running = 0, workers = Boolean(globalThis.OffscreenCanvas && globalThis.Worker);

// shrunk resolves as shrink does. What fails in a way of its own, such as for want of memory, is sent as it is.
export function shrunk(file, most) {
  return new Promise((resolve) => {
    waiting.push({ file, most, resolve });
    next();
  });
}

async function next() {
  if (running >= atOnce || !waiting.length) return;
  running++;
  const { file, most, resolve } = waiting.shift();
  const worker = idle.pop() ?? await start();
  const answer = await (worker ? ask(worker, { file, most }) : shrink(file, most).catch(() => undefined));
  if (worker && answer) idle.push(worker);
  else worker?.terminate();
  running--;
  resolve(answer ?? { blob: file, seen: false });
  next();
}

// start resolves to a worker, or to undefined where there can be none.
async function start() {
  if (!workers) return undefined;
  try {
    const worker = new Worker(new URL('./shrink-worker.js', import.meta.url), { type: 'module' });
    if (await answerOf(worker, readyWithin) === 'ready') return worker;
    worker.terminate();
  } catch { /* no modules in workers */ }
  workers = false;
  return undefined;
}

function ask(worker, question) {
  const answer = answerOf(worker);
  worker.postMessage(question);
  return answer;
}

function answerOf(worker, within) {
  return new Promise((resolve) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = worker.onmessageerror = () => resolve(undefined);
    if (within) setTimeout(resolve, within);
  });
}
