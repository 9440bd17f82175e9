// The form of the start page. Sent by script, a mistake costs no choice and no file, and the upload shows
// its progress; without scripts the browser posts it.
import { say } from './texts.js';
import { newKey, problemsByField } from './submission.js';
import { showProblems } from './form-problems.js';
import { saveChoices } from './saved-choices.js';
import { friendPicker } from './friend-picker.js';
import { targetPicture } from './target-picture.js';
import { tintPreview } from './tint-preview.js';

const at = (id) => document.getElementById(id);
const form = at('form');
const button = at('send');
const keepWithin = 2000; // ms
let sent = false; // since the last change of a choice
let turn = 0, sending; // counts what was begun; the request that is being sent
let keeper; // resolves to the module requests.js, or to undefined

saveChoices(form);
const friends = friendPicker(form);
const target = targetPicture();
tintPreview(target.events);

// Sending the same choices twice is one mosaic; other choices are another.
form.addEventListener('change', () => {
  if (sent) useNewKey();
});

function useNewKey() {
  sent = false;
  form.elements.key.value = newKey();
}

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  if (button.disabled) return;
  const mine = ++turn;
  showProblems(form, {});
  setBusy(true);
  sent = true;
  keeper = import('./requests.js').catch(() => undefined);
  try {
    if (await wrong()) return;
    await ownPhotosReady();
    if (mine !== turn || await wrong()) return;
    const all = await collect();
    if (mine === turn) send(...all);
  } catch {
    if (mine === turn) refused({ '': say('send.broken') });
  }
});

// keep remembers a request in this browser. That is an extra: whatever comes of it, the way goes on.
function keep(id, fields) {
  const late = new Promise((resolve) => { setTimeout(resolve, keepWithin); });
  return Promise.race([late, keeper.then((module) => module?.remember(id, fields)).catch(() => {})]);
}

// wrong reports what is known to be wrong before anything is sent. The server looks in any case.
async function wrong() {
  const checks = await import('./form-checks.js').catch(() => undefined);
  const problems = await checks?.problemsOf(form, friends.count(), target) ?? {};
  if (Object.keys(problems).length === 0) return false;
  refused(problems);
  return true;
}

// ownPhotosReady waits until all photos were sent; what got lost is sent again.
async function ownPhotosReady(everything = false) {
  const own = friends.own();
  if (!own) return;
  const watch = setInterval(() => {
    const { ready, n } = own.counts();
    showProgress(ready, n, (progress) => say('send.preparing', progress));
  }, 200);
  await own.settled();
  await own.again(everything);
  clearInterval(watch);
}

function showProgress(done, n, sentence) {
  if (!button.disabled) return; // cancelled
  const percent = n ? Math.floor((done / n) * 100) : 100;
  at('upload').value = percent;
  at('sending').textContent = done < n ? sentence({ percent, done, n }) : say('send.starting');
}

// collect returns the fields of the chosen source, without the friends left out, and the target; and what to remember of
// them instead of photos that were sent already.
async function collect() {
  const data = new FormData(form), source = data.get('source');
  const sourcesOf = { photos: ['upload'], links: ['links'], handle: ['mastodon', 'bluesky', 'github'], direction: ['mastodon', 'bluesky', 'github'] };
  for (const [field, sources] of Object.entries(sourcesOf)) if (!sources.includes(source)) data.delete(field);
  const part = await target.part();
  if (part) data.set('target', part, 'target.jpg');
  const files = friends.addTo(data);
  return [data, [...data].filter(([name]) => name !== 'friends').concat(files.map((file) => ['photos', file]))];
}

// XMLHttpRequest, because fetch does not report the progress of an upload.
function send(data, fields, again) {
  const request = sending = new XMLHttpRequest();
  request.open('POST', form.dataset.api);
  request.responseType = 'json';
  request.setRequestHeader('Accept', 'application/json');
  request.setRequestHeader('Accept-Language', document.documentElement.lang);
  request.setRequestHeader('Idempotency-Key', data.get('key'));
  request.upload.onprogress = ({ loaded, total }) => {
    showProgress(loaded, total, (progress) => say('send.sending', progress));
  };
  request.onerror = () => refused({ '': say('send.lost') });
  request.onload = async () => {
    const answer = request.response;
    at('cancel').hidden = true; // it is answered
    if (request.status === 202 && answer?.url) {
      await keep(answer.id, fields);
      useNewKey(); // who comes back to this page makes another one
      const { chosen } = document.documentElement.dataset;
      location.assign(answer.url + (chosen ? `?lang=${chosen}` : ''));
    } else {
      if (request.status >= 400 && request.status < 500) useNewKey(); // certainly not accepted
      if (!again && answer?.errors?.some(({ says }) => ['field.photos_gone', 'field.photos_used'].includes(says?.code))) {
        await ownPhotosReady(true);
        sent = true;
        send(...await collect(), true);
        return;
      }
      refused(problemsByField(answer, say({ 413: 'send.large', 429: 'send.often', 503: 'send.busy' }[request.status] ?? 'send.refused')));
    }
  };
  request.send(data);
}

function refused(byField) {
  setBusy(false);
  showProblems(form, byField);
}

// Photos that were sent ahead stay where they are, for the next time.
at('cancel').addEventListener('click', () => {
  turn++;
  sending?.abort();
  setBusy(false);
  button.focus();
});

function setBusy(busy) {
  button.disabled = busy;
  at('cancel').hidden = !busy;
  at('upload').hidden = !busy;
  at('upload').value = 0;
  at('sending').textContent = busy ? say('send.starting') : '';
}

// A page from the browser's back/forward cache still says "sending".
addEventListener('pageshow', () => setBusy(false));
