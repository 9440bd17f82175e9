// The form sends itself, so that a mistake costs no choice and no file. Without this the browser
// posts it in the old way, and all works the same but for the progress.
import { say } from './texts.js';

const at = (id) => document.getElementById(id);
const form = at('ask');
const button = form.querySelector('button');
let sent = false; // since the choices were last changed

// Sending the same choices twice is one mosaic; other choices are another.
form.addEventListener('change', () => {
  if (sent) newKey();
});

function newKey() {
  sent = false;
  form.elements.key.value = [...crypto.getRandomValues(new Uint8Array(16))]
    .map((b) => b.toString(16).padStart(2, '0')).join('');
}

form.addEventListener('submit', (event) => {
  event.preventDefault();
  if (button.disabled) return;
  complain({});
  const data = new FormData(form);
  if (data.get('source') !== 'upload') data.delete('photos');
  busy(true);
  sent = true;
  send(data);
});

// XMLHttpRequest, because fetch does not say how far an upload has come.
function send(data) {
  const request = new XMLHttpRequest();
  request.open('POST', form.dataset.api);
  request.responseType = 'json';
  request.setRequestHeader('Accept', 'application/json');
  request.setRequestHeader('Idempotency-Key', data.get('key'));
  request.upload.onprogress = ({ loaded, total }) => {
    const percent = Math.floor((loaded / total) * 100);
    at('sent').value = percent;
    at('sending').textContent = loaded < total ? say('send.sending', { percent }) : say('send.starting');
  };
  request.onerror = () => refused({ '': say('send.lost') });
  request.onload = () => {
    const answer = request.response;
    if (request.status === 202 && answer?.url) {
      newKey(); // whoever comes back to this page asks for a new one
      location.assign(answer.url);
    } else {
      if (request.status >= 400 && request.status < 500) newKey(); // surely not accepted
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
    form.querySelector(`input#${field}`)?.setAttribute('aria-invalid', 'true');
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

const tint = at('tint');
const showTint = () => { at('tint-value').value = tint.value; };
at('tint-value').hidden = false;
tint.addEventListener('input', showTint);

function showChosen() {
  const files = [...at('photos').files];
  const bytes = files.reduce((sum, file) => sum + file.size, 0);
  const size = `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;
  at('photos-chosen').hidden = files.length === 0;
  at('photos-chosen').textContent = files.length ? say('photos.chosen', { n: files.length, size }) : '';
}
at('photos').addEventListener('change', showChosen);

function showTarget() {
  const preview = at('target-preview');
  const [file] = at('target').files;
  URL.revokeObjectURL(preview.src);
  preview.hidden = !file;
  if (file) preview.src = URL.createObjectURL(file);
}
at('target').addEventListener('change', showTarget);
at('target-preview').addEventListener('error', () => { at('target-preview').hidden = true; });

// A page that comes back from the browser's memory still says "sending".
addEventListener('pageshow', () => {
  busy(false);
  showTint();
});

// Where the picture beside the form is not there (yet), its empty bed is enough.
const hero = document.querySelector('.hero img');
const hide = () => { hero.hidden = true; };
if (hero.complete && hero.naturalWidth === 0) hide();
hero.addEventListener('error', hide);
