// Estimates how long something takes, from the progress that this page has seen.

// timeEstimator returns a function that takes a phase and how much of it is left, and returns the
// seconds that it still takes: undefined before enough was seen. now is in milliseconds.
export function timeEstimator(now = () => performance.now()) {
  let phase, first, last;
  return (of, left) => {
    if (of !== phase || left > last?.left) first = last = undefined;
    phase = of;
    first ??= { left, at: now() };
    if (left !== last?.left) last = { left, at: now() };
    const done = first.left - last.left, seconds = (last.at - first.at) / 1000;
    if (done < 2 || seconds < 2) return undefined;
    return Math.max(0, (last.left * seconds) / done - (now() - last.at) / 1000);
  };
}

// timeLeft returns the text for an estimate and its values, rounded so that nobody takes it for a promise.
export function timeLeft(seconds, state) {
  const key = `left.${state === 'queued' ? 'queue' : 'phase'}`;
  if (seconds < 50) return [`${key}.seconds`, { n: Math.max(5, Math.ceil(seconds / 10) * 10) }];
  return [`${key}.minutes`, { n: Math.round(seconds / 60) || 1 }];
}
