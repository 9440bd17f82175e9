// The page of one mosaic: follows its progress, shows a first look, and the mosaic when it is finished. The server renders the
// same states for browsers without scripts, so that this only has to update the page.
import { say, date } from './texts.js';
import { poll } from './poll.js';
import { progressMosaic } from './progress-mosaic.js';
import { waitEstimator, timeLeft } from './time-estimate.js';
import { recall, submit } from './requests.js';
import { actions } from './actions.js';
import { names } from './people.js';

const at = (id) => document.getElementById(id);
const page = at('mosaic'), id = page.dataset.id;
page.dataset.scripted = 'yes'; // or else a link to load the page again appears
// Whoever made it reads that it is theirs.
const mine = 'mine' in page.dataset;
const firstTitle = mine ? 'first.title' : 'first.shared';
const doneTitle = mine ? 'done.title' : 'done.shared';
const stop = new AbortController();
const showProgress = progressMosaic(document.querySelector('#wait .progress-mosaic'));
const estimate = waitEstimator();
let seen; // the name of the first look that is shown; '' for the finished mosaic

// announce has a screen reader say a sentence, unless it said the same last.
function announce(sentence) {
  if (at('announcement').textContent !== sentence) at('announcement').textContent = sentence;
}

function showSection(name, title, state = name) {
  for (const section of page.querySelectorAll('section')) section.hidden = section.id !== name;
  page.dataset.state = state;
  document.title = `${title} · ${say('site.name')}`;
  at(name).querySelector('h1').textContent = title;
}

function showStatus(status) {
  if (status.expires) {
    at('expires').textContent = say('done.expires', { date: date(status.expires) });
    at('expires').hidden = false;
  }
  if (status.state === 'done') showFinished(status.result);
  else if (status.state === 'failed') end('failed', status.failure?.message);
  else if (status.first_look) showLook(status);
  else if (seen) showAgain();
  else showWaiting(status);
}

// showLook shows what there is before the poster.
function showLook({ first_look: look, progress }) {
  showComing('first.coming', barOf(progress));
  showPicture(look, `${page.dataset.files}${look.look}/`);
  showSection('done', say(firstTitle, { n: look.shown ?? look.friends }), 'look');
  announce(say('first.news'));
}

// showAgain leaves a first look in view whose attempt has failed. Another one makes the mosaic again.
function showAgain() {
  showComing('first.again', 0);
  announce(say('first.again'));
}

function showComing(sentence, bar) {
  at('actions').hidden = true;
  at('coming').hidden = false;
  at('coming-line').textContent = say(sentence);
  at('coming-bar').value = bar;
}

function showWaiting(status) {
  const { done = 0, total = 0, phase } = status.progress ?? {};
  const all = [...page.querySelectorAll('.phases li')];
  const step = status.state === 'rendering' ? all.find((li) => li.dataset.phase === phase) : undefined;
  const idle = status.state === 'queued' && status.workers === 0;

  let line = say('wait.queued');
  if (step) {
    line = say(`wait.${phase}`);
  } else if (status.state === 'rendering') {
    line = say('wait.starting');
  } else if (status.position > 0) {
    line = say('wait.place', { n: status.position });
  }

  const left = estimate(status), from = step ? Number(step.dataset.from) : 0, bar = step ? barOf(status.progress) : 0;
  at('line').textContent = line;
  at('count').textContent = step ? say(`count.${phase}`, { done, total }) : '';
  at('time-left').textContent = idle || left === undefined ? '' : say(...timeLeft(left));
  at('bar').value = bar;
  showProgress(bar / at('bar').max);
  for (const li of all) {
    li.classList.toggle('past', Number(li.dataset.to) <= from);
    if (li === step) li.setAttribute('aria-current', 'step');
    else li.removeAttribute('aria-current');
  }
  at('no-workers').hidden = !idle;
  at('attempt').hidden = !(status.attempt > 1);
  if (status.attempt > 1) at('attempt').textContent = say('wait.again', { n: status.attempt });
  showSection('wait', say('wait.title'));
  announce(idle ? say('wait.noworkers') : line);
}

// barOf is how far a phase has filled the bar.
function barOf({ done = 0, total = 0, phase } = {}) {
  const step = page.querySelector(`.phases li[data-phase="${phase}"]`)?.dataset;
  return step ? Number(step.from) + (step.to - step.from) * Math.min(1, done / Math.max(1, total)) : 0;
}

function showFinished(result) {
  const { friends, shown = friends, missing, width, height, tint } = result;
  at('coming').hidden = true;
  at('actions').hidden = false;
  at('download').querySelector('small').textContent = say('done.size', { width, height });
  showTint(tint);
  at('missing').hidden = !(missing > 0);
  at('missing').querySelector('summary').textContent = say('done.missing', { n: missing, total: friends + missing });
  if (missing > 0 || shown < friends) listAbsent();
  // The files of the first look are the mosaic's own if the same attempt made them: then there is nothing to load.
  if (!seen || seen !== result.look) showPicture(result, page.dataset.files);
  showSection('done', say(doneTitle, { n: shown }));
  announce(say('done.news'));
}

// showPicture shows a first look or a finished mosaic, and turns its preview into the viewer.
function showPicture({ friends, shown = friends, columns, rows, width, height, files, look }, folder) {
  const name = folder === page.dataset.files ? '' : look, preview = at('preview');
  if (seen === name) return;
  seen = name;
  const scale = 1600 / Math.max(width, height); // preview.jpg is 1600 px on its long side
  preview.width = Math.round(width * scale);
  preview.height = Math.round(height * scale);
  preview.alt = say('done.alt', { friends: shown, columns, rows });
  preview.src = `${folder}${files?.includes(`first.jpg`) ? 'first' : 'preview'}.jpg`; // older mosaics have no other
  startViewer(folder);
}

// listAbsent lists who is not in it as the server renders them, in the page's language.
async function listAbsent() {
  const answer = await fetch(location.href, { headers: { Accept: 'text/html' } }).catch(() => null);
  if (!answer?.ok) return;
  const there = new DOMParser().parseFromString(await answer.text(), 'text/html');
  for (const name of ['missing', 'unplaced']) at(name).replaceWith(document.adoptNode(there.getElementById(name) ?? at(name)));
}

// startViewer turns the preview into the viewer, or has the viewer show it. If its scripts cannot be loaded, the picture
// is there, and the page says so.
function startViewer(folder) {
  openViewer(folder).catch(() => {
    document.querySelector('#done .find').hidden = true;
    at('who').replaceChildren(say('wander.unloaded'), ' ', at('again'));
  });
}

let setSelected; // tells the buttons who is selected
let opening;     // while the viewer begins to show something

async function openViewer(folder) {
  const begun = seen;
  setSelected ??= actions(page);
  const [answer, { viewer }] = await Promise.all([
    fetch(`${folder}plan.json`).catch(() => null), import('./viewer.js'), at('preview').decode().catch(() => {}),
  ]);
  if (answer?.status === 410) return gone(await answer.json().catch(() => ({})));
  if (!answer?.ok) { // the preview is there
    if (begun && seen === begun) seen = 'none'; // the first look has ended, or is asked for again
    return;
  }
  const plan = await answer.json();
  await opening?.catch(() => {});
  if (seen !== begun) return; // there is something newer
  opening = page.viewer ? page.viewer.show(plan, folder) : viewer(plan, folder, (people) => setSelected(people, names(people)));
  page.viewer = await opening ?? page.viewer; // for tests
  page.dataset.ready = Math.round(performance.now());
}

// showTint says how far the photos are from what they were, in CIELAB units.
function showTint(tint) {
  at('tint').hidden = !tint;
  if (!tint) return;
  const { limit, shading } = tint;
  at('tint').textContent = limit > 0 ? say(shading > 0 ? 'done.shaded' : 'done.tint', { most: limit, shading }) : say('done.pure');
}

function end(reason, sentence) {
  stop.abort();
  showSection('end', say(`end.${reason}`));
  at('end').querySelector('.lead').textContent = sentence || say(`end.${reason}.text`);
  if (reason !== 'failed') at('removal')?.remove();
  announce(say(`end.${reason}`));
}

// gone requests the mosaic again, once, where this browser remembers the request: with the same key it is
// the same mosaic to the servers. Where the server says why it is gone, that is final.
async function gone(problem) {
  if (problem) return end('gone', problem.detail);
  const fields = await recall(id);
  const key = fields?.find(([name]) => name === 'key')?.[1];
  const tried = `again ${id}`;
  if (!key || sessionStorage.getItem(tried)) return end('gone');
  sessionStorage.setItem(tried, 'yes');
  const answer = await submit(fields, key).catch(() => null);
  if (!answer?.accepted) return end('gone');
  if (answer.body.id !== id) return location.replace(answer.body.url);
  announce(say('wait.asked'));
  follow();
}

function follow() {
  poll(page.dataset.api, {
    gone, status: showStatus,
    unreachable(is) {
      at('unreachable').hidden = !is;
      if (is) announce(say('wait.trouble'));
    },
  }, stop.signal);
}

document.addEventListener('deleted', (event) => end(event.detail));
if (page.dataset.state === 'done') {
  seen = '';
  startViewer(page.dataset.files);
} else if (page.dataset.state !== 'failed') {
  showProgress(at('bar').value / at('bar').max);
  follow();
}
