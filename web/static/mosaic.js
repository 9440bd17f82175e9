// The page of one mosaic: keeps it up to date while it is made, and shows it when it is done. The
// server renders the same states for browsers without scripts, so that this only has to change them.
import { say, lang } from './texts.js';
import { watch } from './poll.js';
import { layer } from './bed.js';
import { wander } from './wander.js';

const at = (id) => document.getElementById(id);
const page = at('mosaic');
const stop = new AbortController();
const lay = layer(document.querySelector('#wait .bed'));

// news is what a screen reader says; only a change is news.
function news(sentence) {
  if (at('news').textContent !== sentence) at('news').textContent = sentence;
}

function reveal(name, title) {
  for (const section of page.querySelectorAll('section')) section.hidden = section.id !== name;
  page.dataset.state = name;
  document.title = `${title} · ${say('site.name')}`;
  at(name).querySelector('h1').textContent = title;
}

function seen(status) {
  if (status.expires) expires(status.expires);
  if (status.state === 'done') return done(status.result);
  if (status.state === 'failed') return end('failed', status.failure?.message);
  waiting(status);
}

function waiting(status) {
  const { done = 0, total = 0, phase } = status.progress ?? {};
  const steps = [...page.querySelectorAll('.phases li')];
  const step = status.state === 'rendering' ? steps.find((li) => li.dataset.phase === phase) : undefined;

  let line = say('wait.queued');
  if (step) line = say(`wait.${phase}`);
  else if (status.state === 'rendering') line = say('wait.starting');
  else if (status.position > 0) line = say('wait.place', { n: status.position });
  const idle = status.state === 'queued' && status.workers === 0;

  const [from, to] = step ? [Number(step.dataset.from), Number(step.dataset.to)] : [0, 0];
  const bar = from + (to - from) * Math.min(1, done / Math.max(1, total));
  at('line').textContent = line;
  at('count').textContent = step ? say('wait.count', { done, total }) : '';
  at('bar').value = bar;
  lay(bar / at('bar').max);
  for (const li of steps) {
    li.classList.toggle('past', Number(li.dataset.to) <= from);
    if (li === step) li.setAttribute('aria-current', 'step');
    else li.removeAttribute('aria-current');
  }
  at('idle').hidden = !idle;
  at('again').hidden = !(status.attempt > 1);
  if (status.attempt > 1) at('again').textContent = say('wait.again', { n: status.attempt });
  reveal('wait', say('wait.title'));
  news(idle ? say('wait.noworkers') : line);
}

function done(result) {
  const { friends, missing, columns, rows, width, height } = result;
  const preview = at('preview');
  const scale = 1600 / Math.max(width, height); // preview.jpg is 1600 px on its long side
  preview.width = Math.round(width * scale);
  preview.height = Math.round(height * scale);
  preview.alt = say('done.alt', { friends, columns, rows });
  preview.src = page.dataset.files + 'preview.jpg';
  at('download').querySelector('small').textContent = say('done.size', { width, height });
  at('missing').hidden = !(missing > 0);
  at('missing').querySelector('summary').textContent = say('done.missing', { n: missing, total: friends + missing });
  reveal('done', say('done.title', { n: friends }));
  news(say('done.news'));
  enhance();
}

// enhance adds what needs the plan: who stands where, and who is missing.
async function enhance() {
  at('copy').hidden = false;
  const answer = await fetch(page.dataset.files + 'plan.json').catch(() => null);
  if (!answer?.ok) return; // the picture is there, and that is enough
  const plan = await answer.json();
  at('missing').querySelector('ul').replaceChildren(...(plan.missing ?? []).map(({ name, reason }) => {
    const li = document.createElement('li');
    const who = document.createElement('bdi');
    who.textContent = name;
    li.append(who, `: ${reason}`);
    return li;
  }));
  wander(at('picture'), at('who'), plan);
}

function end(how, sentence) {
  stop.abort();
  reveal('end', say(`end.${how}`));
  at('end').querySelector('.lead').textContent = sentence || say(`end.${how}.text`);
  if (how !== 'failed') at('removal')?.remove();
  news(say(`end.${how}`));
}

// The date as the server writes it: the catalogue's English is British.
function expires(when) {
  const date = new Date(when).toLocaleDateString(lang === 'en' ? 'en-GB' : lang, { dateStyle: 'long' });
  at('expires').textContent = say('done.expires', { date });
  at('expires').hidden = false;
}

async function copy() {
  let key = 'done.copied';
  try {
    await navigator.clipboard.writeText(location.href);
  } catch {
    key = 'done.uncopied'; // no permission, or a page that did not come by https
  }
  at('copied').textContent = say(key);
}

async function remove(event) {
  event.preventDefault();
  const button = event.target.querySelector('button');
  button.disabled = true;
  at('delete-problem').hidden = true;
  const answer = await fetch(page.dataset.api, { method: 'DELETE' }).catch(() => null);
  if (answer?.ok || answer?.status === 404) return end('deleted');
  button.disabled = false;
  at('delete-problem').hidden = false;
}

at('copy').addEventListener('click', copy);
at('delete')?.addEventListener('submit', remove);
if (page.dataset.state === 'done') {
  enhance();
} else if (page.dataset.state !== 'failed') {
  lay(at('bar').value / at('bar').max);
  watch(page.dataset.api, {
    seen,
    trouble: (is) => {
      at('trouble').hidden = !is;
      if (is) news(say('wait.trouble'));
    },
    gone: () => end('gone'),
  }, stop.signal);
}
