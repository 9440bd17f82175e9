// Asks the server how far a mosaic is, as often as the server wishes and only while somebody looks.

const patience = 15_000;    // ms until an answer counts as lost
const firstPause = 1_000;   // ms after the first failure; doubled with each further one
const longestPause = 30_000;
const absences = 4;         // answers 404 in a row before a mosaic counts as gone

// watch calls on.seen with each new status until it is final, on.trouble(true) when the server does
// not answer and on.trouble(false) when it does again, and on.gone when it knows no such mosaic,
// or, with the problem that says why, when it has one no more.
export async function watch(url, on, signal) {
  let etag = '', wait = firstPause, failures = 0, absent = 0;
  while (!signal.aborted) {
    await visible();
    try {
      const answer = await fetch(url, {
        headers: { 'Accept-Language': document.documentElement.lang, ...(etag && { 'If-None-Match': etag }) },
        cache: 'no-store',
        signal: AbortSignal.timeout(patience),
      });
      if (signal.aborted) return;
      const asked = 1_000 * Number(answer.headers.get('Retry-After')) || 0;
      if (answer.status === 404 && ++absent < absences) {
        await pause(firstPause * (1 + Math.random())); // perhaps another server answers next time
        continue;
      }
      if (answer.status === 404) return on.gone();
      if (answer.status === 410) return on.gone(await answer.json().catch(() => null));
      if (answer.ok) {
        const status = await answer.json();
        if (signal.aborted) return;
        on.seen(status);
        if (status.state === 'done' || status.state === 'failed') return;
        etag = answer.headers.get('ETag') ?? '';
        wait = status.poll_after_ms || asked || wait;
      } else if (answer.status !== 304) {
        throw new Refusal(asked);
      }
      if (failures > 0) on.trouble(false);
      failures = absent = 0;
      await pause(wait * (1 + Math.random() / 5));
    } catch (err) {
      if (++failures === 2) on.trouble(true);
      const backoff = Math.min(longestPause, firstPause * 2 ** (failures - 1));
      await pause(Math.max(backoff * (0.5 + Math.random() / 2), err.wait ?? 0));
    }
  }
}

// Refusal is an answer without a status in it; wait is how long the server asks to be left alone.
class Refusal extends Error {
  constructor(wait) {
    super('the server gave no status');
    this.wait = wait;
  }
}

// visible waits until the page is looked at.
function visible() {
  return new Promise((resolve) => {
    if (!document.hidden) return resolve();
    document.addEventListener('visibilitychange', resolve, { once: true });
  });
}

// pause waits some milliseconds, or until the network comes back or somebody looks again: a laptop
// that slept has a timer that slept as well.
function pause(ms) {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      removeEventListener('online', end);
      document.removeEventListener('visibilitychange', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    addEventListener('online', end);
    document.addEventListener('visibilitychange', end);
  });
}
