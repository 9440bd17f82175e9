// The page of one mosaic: keeps it up to date while it is made, and shows it when it is done. The
// server renders the same states for browsers without scripts, so that this only has to change them.
import { say, date } from './texts.js';
import { watch } from './poll.js';
import { layer } from './progress-mosaic.js';
import { pace } from './time-estimate.js';
import { ask, recall } from './requests.js';
import { keep } from './actions.js';
import { names } from './people.js';

const at = (id) => document.getElementById(id);
const page = at('mosaic'), id = page.dataset.id;
const stop = new AbortController();
const lay = layer(document.querySelector('#wait .bed'));
const estimate = pace();

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
  if (status.expires) {
    at('expires').textContent = say('done.expires', { date: date(status.expires) });
    at('expires').hidden = false;
  }
  if (status.state === 'done') return done(status.result);
  if (status.state === 'failed') return end('failed', status.failure?.message);
  waiting(status);
}

function waiting(status) {
  const { done = 0, total = 0, phase } = status.progress ?? {};
  const all = [...page.querySelectorAll('.phases li')];
  const step = status.state === 'rendering' ? all.find((li) => li.dataset.phase === phase) : undefined;
  const idle = status.state === 'queued' && status.workers === 0;

  let line = say('wait.queued'), left;
  if (step) {
    line = say(`wait.${phase}`);
    left = estimate(phase, total - done);
  } else if (status.state === 'rendering') {
    line = say('wait.starting');
  } else if (status.position > 0) {
    line = say('wait.place', { n: status.position });
    left = idle ? undefined : estimate('queue', status.position);
  }

  const [from, to] = step ? [Number(step.dataset.from), Number(step.dataset.to)] : [0, 0];
  const bar = from + (to - from) * Math.min(1, done / Math.max(1, total));
  at('line').textContent = line;
  at('count').textContent = step ? say(`count.${phase}`, { done, total }) : '';
  at('left').textContent = left === undefined ? '' : say(...howLong(left, status.state));
  at('bar').value = bar;
  lay(bar / at('bar').max);
  for (const li of all) {
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

// howLong rounds so that nobody takes it for a promise.
function howLong(seconds, state) {
  const of = `left.${state === 'queued' ? 'queue' : 'phase'}`;
  return seconds < 50 ? [`${of}.seconds`, { n: Math.max(5, Math.ceil(seconds / 10) * 10) }] : [`${of}.minutes`, { n: Math.round(seconds / 60) || 1 }];
}

function done(result) {
  const { friends, missing, columns, rows, width, height } = result;
  const preview = at('preview');
  const scale = 1600 / Math.max(width, height); // preview.jpg is 1600 px on its long side
  preview.width = Math.round(width * scale);
  preview.height = Math.round(height * scale);
  preview.alt = say('done.alt', { friends, columns, rows });
  preview.src = `${page.dataset.files}preview.jpg`;
  at('download').querySelector('small').textContent = say('done.size', { width, height });
  at('missing').hidden = !(missing > 0);
  at('missing').querySelector('summary').textContent = say('done.missing', { n: missing, total: friends + missing });
  if (missing > 0) nameMissing();
  reveal('done', say('done.title', { n: friends }));
  news(say('done.news'));
  enhance();
}

// nameMissing takes the list of those whose photo could not be read from the page as the server
// writes it, in this language.
async function nameMissing() {
  const answer = await fetch(location.href, { headers: { Accept: 'text/html' } }).catch(() => null);
  if (!answer?.ok) return;
  const list = new DOMParser().parseFromString(await answer.text(), 'text/html').querySelector('#missing ul');
  if (list) at('missing').querySelector('ul').replaceWith(document.adoptNode(list));
}

// enhance adds what needs the plan: who stands where.
async function enhance() {
  const kept = keep(page);
  const [answer, { wander }] = await Promise.all([
    fetch(`${page.dataset.files}plan.json`).catch(() => null), import('./viewer.js'), at('preview').decode().catch(() => {}),
  ]);
  if (answer?.status === 410) return gone(await answer.json().catch(() => ({})));
  if (!answer?.ok) return; // the picture is there, and that is enough
  const plan = await answer.json();
  const view = await wander(plan, page.dataset.files, (people) => kept.chosen(people, names(people)));
  page.dataset.ready = Math.round(performance.now());
  page.view = view; // for whoever measures
}

function end(how, sentence) {
  stop.abort();
  reveal('end', say(`end.${how}`));
  at('end').querySelector('.lead').textContent = sentence || say(`end.${how}.text`);
  if (how !== 'failed') at('removal')?.remove();
  news(say(`end.${how}`));
}

// gone asks for the mosaic again, once and with the same key, where this browser knows what it asked
// for: to the servers it is then the same mosaic. Where the server says why it is gone, that is final.
async function gone(problem) {
  if (problem) return end('gone', problem.detail);
  const fields = await recall(id);
  const key = fields?.find(([name]) => name === 'key')?.[1];
  const tried = `again ${id}`;
  if (!key || sessionStorage.getItem(tried)) return end('gone');
  sessionStorage.setItem(tried, 'yes');
  const answer = await ask(fields, key).catch(() => null);
  if (!answer?.accepted) return end('gone');
  if (answer.body.id !== id) return location.replace(answer.body.url);
  news(say('wait.asked'));
  follow();
}

function follow() {
  watch(page.dataset.api, {
    seen, gone,
    trouble: (is) => {
      at('trouble').hidden = !is;
      if (is) news(say('wait.trouble'));
    },
  }, stop.signal);
}

document.addEventListener('deleted', (event) => end(event.detail));
if (page.dataset.state === 'done') {
  enhance();
} else if (page.dataset.state !== 'failed') {
  lay(at('bar').value / at('bar').max);
  follow();
}
