// The form sends itself, so that a mistake costs no choice and no file. Without this the browser
// posts it in the old way, and all works the same but for the progress.
import { say } from './texts.js';
import { choices } from './saved-choices.js';
import { faces } from './friend-picker.js';
import { chosen } from './target-picture.js';
import { tint } from './tint-preview.js';

const at = (id) => document.getElementById(id);
const form = at('ask');
const button = at('send');
let sent = false; // since the choices were last changed

choices(form);
const people = faces(form);
const picture = chosen();
tint(picture.changed);

// Sending the same choices twice is one mosaic; other choices are another.
form.addEventListener('change', () => {
  if (sent) renew();
});

function renew() {
  sent = false;
  form.elements.key.value = [...crypto.getRandomValues(new Uint8Array(26))].map((b) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'[b & 31]).join('');
}

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  if (button.disabled) return;
  complain({});
  busy(true);
  sent = true;
  send(await collect());
});

// collect takes what belongs to the source that is chosen, the people without those left out, and
// the part of the picture that is chosen.
async function collect() {
  const data = new FormData(form), source = data.get('source');
  const of = { photos: ['upload'], links: ['links'], handle: ['mastodon', 'bluesky', 'github'], direction: ['mastodon', 'bluesky', 'github'] };
  for (const [field, sources] of Object.entries(of)) if (!sources.includes(source)) data.delete(field);
  people.add(data);
  const part = await picture.part();
  if (part) data.set('target', part, 'target.jpg');
  return data;
}

// XMLHttpRequest, because fetch does not say how far an upload has come.
function send(data) {
  const request = new XMLHttpRequest();
  request.open('POST', form.dataset.api);
  request.responseType = 'json';
  request.setRequestHeader('Accept', 'application/json');
  request.setRequestHeader('Accept-Language', document.documentElement.lang);
  request.setRequestHeader('Idempotency-Key', data.get('key'));
  request.upload.onprogress = ({ loaded, total }) => {
    const percent = Math.floor((loaded / total) * 100);
    at('sent').value = percent;
    at('sending').textContent = loaded < total ? say('send.sending', { percent }) : say('send.starting');
  };
  request.onerror = () => refused({ '': say('send.lost') });
  request.onload = async () => {
    const answer = request.response;
    if (request.status === 202 && answer?.url) {
      const { remember } = await import('./requests.js');
      await remember(answer.id, [...data]);
      renew(); // whoever comes back to this page asks for a new one
      const { chosen } = document.documentElement.dataset;
      location.assign(answer.url + (chosen ? `?lang=${chosen}` : ''));
    } else {
      if (request.status >= 400 && request.status < 500) renew(); // surely not accepted
      refused(problems(answer));
    }
  };
  request.send(data);
}

// problems reads an application/problem+json (RFC 9457) into sentences by field.
function problems(answer) {
  const byField = {};
  for (const { field, message } of answer?.errors ?? []) byField[field] ??= message;
  if (Object.keys(byField).length === 0) byField[''] = answer?.detail || say('send.refused');
  return byField;
}

function refused(byField) {
  busy(false);
  complain(byField);
  at('problem').focus();
}

// complain puts each sentence beside its field, and those of no field at the top.
function complain(byField) {
  const others = [];
  for (const place of form.querySelectorAll('.problem[id]')) {
    if (place.id === 'problem') continue;
    place.textContent = '';
    place.hidden = true;
  }
  for (const input of form.querySelectorAll('[aria-invalid]')) input.removeAttribute('aria-invalid');
  for (const [field, sentence] of Object.entries(byField)) {
    const place = field && at(`problem-${field}`);
    if (!place) {
      others.push(sentence);
      continue;
    }
    place.textContent = sentence;
    place.hidden = false;
    form.querySelector(`:is(input, textarea)#${CSS.escape(field)}`)?.setAttribute('aria-invalid', 'true');
  }
  at('problem-form').replaceChildren(...others.map((sentence) => {
    const p = document.createElement('p');
    p.textContent = sentence;
    return p;
  }));
  at('problem').hidden = Object.keys(byField).length === 0;
}

function busy(is) {
  button.disabled = is;
  at('sent').hidden = !is;
  at('sent').value = 0;
  at('sending').textContent = is ? say('send.starting') : '';
}

// A page that comes back from the browser's memory still says "sending".
addEventListener('pageshow', () => busy(false));
