// What one does with a finished mosaic: pass the link on, embed it, print it, make it anew without
// somebody, delete it.
import { say } from './texts.js';
import { ask, forget, newKey, recall, remember } from './requests.js';

const at = (id) => document.getElementById(id);

export function keep(page) {
  const { id, api } = page.dataset;
  let people = [];

  if (navigator.share) at('share').hidden = false;
  at('copy').addEventListener('click', () => copy(at('copied'), location.href.split('#')[0]));
  at('share').addEventListener('click', () => navigator.share({ title: document.title, url: location.href }).catch(() => {}));
  at('copy-friend').addEventListener('click', () => copy(at('swapped'), location.href));
  at('copy-embed').addEventListener('click', () => copy(at('embedded'), at('embed').value));
  at('embed').addEventListener('focus', () => at('embed').select());

  // A new mosaic without somebody can be asked for by the browser that asked for this one.
  recall(id).then((fields) => {
    if (!fields) return;
    at('without').dataset.able = '';
    at('without').hidden = people.length === 0;
    at('without').addEventListener('click', () => without(fields));
  });

  async function without(fields) {
    at('without').disabled = true;
    at('swapped').textContent = say('send.starting');
    const key = newKey(), all = [...fields, ...people.map((friend) => ['leave_out', friend.id])];
    const answer = await ask(all, key).catch(() => null);
    if (answer?.accepted) {
      await remember(answer.body.id, all.map(([name, value]) => [name, name === 'key' ? key : value]));
      location.assign(answer.body.url);
      return;
    }
    at('without').disabled = false;
    at('swapped').textContent = answer?.body.detail || say('send.refused');
  }

  at('delete')?.addEventListener('submit', async (event) => {
    event.preventDefault();
    const button = event.target.querySelector('button');
    button.disabled = true;
    at('delete-problem').hidden = true;
    const answer = await fetch(api, { method: 'DELETE' }).catch(() => null);
    if (answer?.ok || answer?.status === 404 || answer?.status === 410) {
      await forget(id);
      document.dispatchEvent(new CustomEvent('deleted', { detail: answer.status === 202 ? 'noted' : 'deleted' }));
      return;
    }
    button.disabled = false;
    at('delete-problem').hidden = false;
  });

  return {
    chosen(some, names) {
      people = some;
      at('swapped').textContent = '';
      at('without').hidden = !('able' in at('without').dataset) || people.length === 0;
      at('without').textContent = say('wander.without', { name: names });
    },
  };
}

async function copy(place, text) {
  let key = 'done.copied';
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    key = 'done.uncopied'; // no permission, or a page that did not come by https
  }
  place.textContent = say(key);
}
