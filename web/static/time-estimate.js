// Estimates how long a mosaic still takes, from the progress that this page has seen.

// timeEstimator returns a function that takes a phase and how much of it is left, and returns the
// seconds that it still takes: undefined before enough was seen. now is in milliseconds.
export function timeEstimator(now = () => performance.now()) {
  let phase, first, last;
  return (of, left) => {
    if (of !== phase || left > last?.left) first = last = undefined;
    phase = of;
    first ??= { left, at: now() };
    if (left !== last?.left) last = { left, at: now() };
    const done = first.left - last.left, seconds = (last.at - first.at) / 1000, since = (now() - last.at) / 1000;
    if (done < 2 || seconds < 2) return undefined;
    // What is late cannot come sooner than now, and the rest is as late.
    return Math.max(0, (left * seconds) / done - since, ((left - 1) * (seconds + since)) / (done + 1));
  };
}

const steps = [10, 30, 60, 120, 180, 300, 600, 1200, 1800, 3600, Infinity]; // seconds: what is said
const usual = { queue: 15, photos: 5, matching: 3, composing: 1, delivering: 0 }; // seconds: what comes after each phase
const hold = 3_000; // ms that a sentence stays

// stepOf is the first step that n seconds exceed by at most two fifths.
const stepOf = (seconds) => steps.findIndex((step) => seconds <= 1.4 * step);

// waitEstimator returns a function that takes each status and returns what to say about the whole way that
// is left: a step in seconds, undefined before enough was seen. It goes a step at a time, unless things got worse:
// another attempt, or a place further behind in the queue.
export function waitEstimator(now = () => performance.now()) {
  let ofPhase = timeEstimator(now), last, shown, since;
  return (status) => {
    const { state, attempt = 1, position, progress } = status;
    if (last && (attempt > (last.attempt ?? 1) || (state === 'queued' && last.state !== 'queued') || position > last.position)) {
      ofPhase = timeEstimator(now);
      shown = undefined;
    }
    last = status;
    const phase = progress?.phase ?? (position > 0 ? 'queue' : undefined);
    const seconds = phase && ofPhase(phase, progress ? progress.total - progress.done : position) + (usual[phase] ?? 0);
    if (seconds >= 0 && (shown === undefined || now() - since >= hold)) {
      const old = shown;
      if (shown === undefined) shown = stepOf(seconds);
      else if (stepOf(seconds) < shown) shown--;
      else if (stepOf(seconds / 1.15) > shown) shown++; // not to and fro
      if (shown !== old) since = now();
    }
    return steps[shown];
  };
}

// timeLeft returns the text for a step and its values.
export function timeLeft(step) {
  if (step > 3600) return ['left.long', {}];
  return step < 60 ? ['left.seconds', { n: step }] : ['left.minutes', { n: step / 60 }];
}
