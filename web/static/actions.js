// What can be done with a finished mosaic: copy its link, share it, embed it, make it again without
// somebody, delete it. Printing needs no script.
import { say } from './texts.js';
import { forget, recall, remember, submit } from './requests.js';
import { newKey } from './submission.js';

const at = (id) => document.getElementById(id);

// actions returns a function to call with the friends who are selected in the viewer, and their names.
export function actions(page) {
  const { id, api } = page.dataset;
  let friends = [];

  if (navigator.share) at('share').hidden = false;
  at('copy').addEventListener('click', () => copy(at('copy-status'), location.href.split('#')[0]));
  at('share').addEventListener('click', () => navigator.share({ title: document.title, url: location.href }).catch(() => {}));
  at('copy-friend').addEventListener('click', () => copy(at('friend-status'), location.href));
  at('copy-embed').addEventListener('click', () => copy(at('embed-status'), at('embed').value));
  at('embed').addEventListener('focus', () => at('embed').select());
  at('delete')?.addEventListener('submit', (event) => { event.preventDefault(); remove(id, api); });

  // Only the browser that requested this mosaic can request it again without somebody.
  let requested = false;
  recall(id).then((fields) => {
    if (!fields) return;
    requested = true;
    at('without').hidden = friends.length === 0;
    at('without').addEventListener('click', () => makeWithout(fields));
  });

  async function makeWithout(fields) {
    at('without').disabled = true;
    at('friend-status').textContent = say('send.starting');
    const key = newKey(), all = [...fields, ...friends.map((friend) => ['leave_out', friend.id])];
    const answer = await submit(all, key).catch(() => null);
    if (answer?.accepted) {
      await remember(answer.body.id, all.map(([name, value]) => [name, name === 'key' ? key : value]));
      location.assign(answer.body.url);
      return;
    }
    at('without').disabled = false;
    at('friend-status').textContent = answer?.body.detail || say('send.refused');
  }

  return (selected, names) => {
    friends = selected;
    at('friend-status').textContent = '';
    at('without').hidden = !requested || friends.length === 0;
    at('without').textContent = say('wander.without', { name: names });
  };
}

async function remove(id, api) {
  const button = at('delete').querySelector('button');
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
}

async function copy(status, text) {
  let key = 'done.copied';
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    key = 'done.uncopied'; // no permission, or the page is not served by https
  }
  status.textContent = say(key);
}
