// Sends photos ahead of the request for their mosaic, a batch at a time.

const maxPhotos = 16, maxBytes = 2e6; // of a batch; the servers take 500 batches for a mosaic
const atOnce = 2;
const tries = 5;

// batches returns send, for a { blob, name }, which resolves to what the server says of that file, and flush, to be
// called when nothing more comes soon. What cannot be sent rejects with a sentence for the person, or without one.
export function batches(address, { pause = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); }) } = {}) {
  let waiting = [], running = 0, begun = false, noMore = false;

  function next() {
    const bytes = waiting.reduce((sum, { blob }) => sum + blob.size, 0);
    const enough = !begun || noMore || waiting.length >= maxPhotos || bytes >= maxBytes;
    if (!waiting.length || running >= atOnce || !enough) return;
    begun = true;
    running++;
    let room = maxBytes;
    const rest = waiting.findIndex(({ blob }, i) => i >= maxPhotos || ((room -= blob.size) < 0 && i > 0));
    const batch = rest < 0 ? waiting : waiting.slice(0, rest);
    waiting = rest < 0 ? [] : waiting.slice(rest);
    post(batch).then(
      ({ files }) => batch.forEach(({ resolve }, i) => resolve(files[i])),
      (problem) => batch.forEach(({ reject }) => reject(problem)),
    ).finally(() => {
      running--;
      next();
    });
    next();
  }

  async function post(batch) {
    const body = new FormData();
    for (const { blob, name } of batch) body.append('photos', blob, name);
    for (let wait = 1000, left = tries; ; wait *= 2) {
      const answer = await fetch(address, { method: 'POST', body, headers: { Accept: 'application/json', 'Accept-Language': document.documentElement.lang } }).catch(() => undefined);
      const said = await answer?.json().catch(() => undefined);
      if (answer?.status === 201 && said?.files?.length === batch.length) return said;
      const passing = !answer || answer.status >= 500 || answer.status === 429 || answer.status === 408;
      const after = Number(answer?.headers.get('Retry-After')) * 1000 || wait;
      if (!passing || --left <= 0 || after > 60_000) throw new Error(said?.detail ?? '');
      await pause(after);
    }
  }

  return {
    send: ({ blob, name }) => new Promise((resolve, reject) => {
      noMore = false;
      waiting.push({ blob, name, resolve, reject });
      next();
    }),
    flush() {
      noMore = true;
      next();
    },
  };
}
