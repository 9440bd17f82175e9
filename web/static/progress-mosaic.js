// While a mosaic is made, a small one fills up beside the progress bar: a star on a lapis sky, as on a
// ceiling in Ravenna. It is only an ornament; the bar shows the same.

const side = 17;   // tiles
const tile = 24;   // px of a tile's place
const colours = {
  sky: ['#16306f', '#1b3785', '#1f3f94', '#2a4fa8', '#2f58b8'],
  gold: ['#b9871f', '#c9982b', '#d6a93f', '#e3bf62'],
  ivory: ['#e9ddc0', '#f1e8d2'],
  heart: ['#c8391c', '#d4492a'],
};

// progressMosaic returns a function that shows a share of the tiles, 0 to 1.
export function progressMosaic(element) {
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = side * tile;
  element.append(canvas);
  const context = canvas.getContext('2d');
  const reducedMotion = matchMedia('(prefers-reduced-motion: reduce)');
  const places = shuffled(side * side);
  let shown = 0, wanted = 0, running = false;

  function step() {
    const many = reducedMotion.matches ? wanted : shown + Math.max(1, (wanted - shown) / 12);
    while (shown < Math.min(many, wanted)) draw(context, places[shown++]);
    running = shown < wanted;
    if (running) requestAnimationFrame(step);
  }
  return (share) => {
    wanted = Math.round(Math.min(1, share) * places.length);
    if (wanted < shown) { // another attempt starts over
      context.clearRect(0, 0, canvas.width, canvas.height);
      shown = 0;
    }
    if (!running) step();
  };
}

function draw(context, place) {
  const x = place % side, y = Math.floor(place / side);
  const dx = x - (side - 1) / 2, dy = y - (side - 1) / 2;
  const shades = colours[colourAt(Math.hypot(dx, dy), Math.atan2(dy, dx))];
  const jitter = () => (Math.random() - 0.5) * 3;
  context.fillStyle = shades[Math.floor(Math.random() * shades.length)];
  context.beginPath();
  for (const [cx, cy] of [[0, 0], [1, 0], [1, 1], [0, 1]]) {
    context.lineTo((x + cx) * tile + (cx ? -2 : 2) + jitter(), (y + cy) * tile + (cy ? -2 : 2) + jitter());
  }
  context.fill();
}

// colourAt returns the colour of a tile in an eight-pointed star.
function colourAt(radius, angle) {
  const point = Math.abs(((angle / Math.PI) * 4 + 8) % 1 - 0.5) * 2; // 1 along a ray, 0 between two
  if (radius < 1.5) return 'heart';
  if (radius < 2.6) return 'ivory';
  return radius < 3.6 + 4 * point ** 2 ? 'gold' : 'sky';
}

function shuffled(n) {
  const all = [...Array(n).keys()];
  for (let i = n - 1; i > 0; i--) {
    const j = Math.floor(Math.random() * (i + 1));
    [all[i], all[j]] = [all[j], all[i]];
  }
  return all;
}
