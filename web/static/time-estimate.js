// Estimates how long it takes, from nothing but what this page has seen move.

// pace returns a function that takes how many are left of what, and gives the seconds until none is;
// undefined before it has seen enough to say.
export function pace(now = () => performance.now()) {
  let what, first, last;
  return (of, left) => {
    if (of !== what || left > last?.left) first = last = undefined;
    what = of;
    first ??= { left, at: now() };
    if (left !== last?.left) last = { left, at: now() };
    const done = first.left - last.left, took = (last.at - first.at) / 1000;
    if (done < 2 || took < 2) return undefined;
    return Math.max(0, (last.left * took) / done - (now() - last.at) / 1000);
  };
}
