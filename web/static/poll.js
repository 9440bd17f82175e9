// Polls the status of a mosaic, as often as the server asks for and only while the page is visible.

const timeout = 15_000;     // ms
const firstPause = 1_000;   // ms after the first failure; doubled with each further one
const longestPause = 30_000;
const maxNotFound = 4;      // 404s in a row before a mosaic counts as gone: another server may know it

// poll calls on.status with each new status until it is final, on.unreachable(true) when the server stops
// answering and on.unreachable(false) when it answers again. It calls on.gone when the server knows no such
// mosaic, with the problem where it says why there is none any more.
export async function poll(url, on, signal) {
  let etag = '', wait = firstPause, failures = 0, notFound = 0;
  while (!signal.aborted) {
    await visible();
    try {
      const answer = await fetch(url, {
        headers: { 'Accept-Language': document.documentElement.lang, ...(etag && { 'If-None-Match': etag }) },
        cache: 'no-store',
        signal: AbortSignal.timeout(timeout),
      });
      if (signal.aborted) return;
      const retryAfter = 1_000 * Number(answer.headers.get('Retry-After')) || 0;
      if (answer.status === 404 && ++notFound < maxNotFound) {
        await pause(firstPause * (1 + Math.random()));
        continue;
      }
      if (answer.status === 404) return on.gone();
      if (answer.status === 410) return on.gone(await answer.json().catch(() => null));
      if (answer.ok) {
        const status = await answer.json();
        if (signal.aborted) return;
        on.status(status);
        if (status.state === 'done' || status.state === 'failed') return;
        etag = answer.headers.get('ETag') ?? '';
        wait = status.poll_after_ms || retryAfter || wait;
      } else if (answer.status !== 304) {
        throw new NoStatus(retryAfter);
      }
      if (failures > 0) on.unreachable(false);
      failures = notFound = 0;
      await pause(wait * (1 + Math.random() / 5));
    } catch (err) {
      if (++failures === 2) on.unreachable(true);
      const backoff = Math.min(longestPause, firstPause * 2 ** (failures - 1));
      await pause(Math.max(backoff * (0.5 + Math.random() / 2), err.wait ?? 0));
    }
  }
}

// NoStatus is an answer without a status in it; wait is how long the server asks to wait, in ms.
class NoStatus extends Error {
  constructor(wait) {
    super('the server gave no status');
    this.wait = wait;
  }
}

// visible waits until the page is.
function visible() {
  return new Promise((resolve) => {
    if (!document.hidden) return resolve();
    document.addEventListener('visibilitychange', resolve, { once: true });
  });
}

// pause waits some milliseconds, or until the network is back or the page becomes visible: timers stop
// while a laptop sleeps.
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
