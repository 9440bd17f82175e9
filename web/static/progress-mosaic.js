// While a mosaic is made, a small one is laid beside the bar: a star on a lapis sky, as on a ceiling
// in Ravenna. It is an ornament; the bar says the same in numbers.

const side = 17;   // tiles
const tile = 24;   // px of a tile's place
const glass = {
  sky: ['#16306f', '#1b3785', '#1f3f94', '#2a4fa8', '#2f58b8'],
  gold: ['#b9871f', '#c9982b', '#d6a93f', '#e3bf62'],
  ivory: ['#e9ddc0', '#f1e8d2'],
  heart: ['#c8391c', '#d4492a'],
};

// layer prepares the bed and returns a function that lays the given share of it, 0 to 1.
export function layer(bed) {
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = side * tile;
  bed.append(canvas);
  const pen = canvas.getContext('2d');
  const still = matchMedia('(prefers-reduced-motion: reduce)');
  const places = shuffled(side * side);
  let laid = 0, wanted = 0, running = false;

  function step() {
    const many = still.matches ? wanted : laid + Math.max(1, (wanted - laid) / 12);
    while (laid < Math.min(many, wanted)) draw(pen, places[laid++]);
    running = laid < wanted;
    if (running) requestAnimationFrame(step);
  }
  return (share) => {
    wanted = Math.round(Math.min(1, share) * places.length);
    if (wanted < laid) { // another attempt begins from the beginning
      pen.clearRect(0, 0, canvas.width, canvas.height);
      laid = 0;
    }
    if (!running) step();
  };
}

function draw(pen, place) {
  const x = place % side, y = Math.floor(place / side);
  const dx = x - (side - 1) / 2, dy = y - (side - 1) / 2;
  const kinds = glass[kind(Math.hypot(dx, dy), Math.atan2(dy, dx))];
  const jitter = () => (Math.random() - 0.5) * 3;
  pen.fillStyle = kinds[Math.floor(Math.random() * kinds.length)];
  pen.beginPath();
  for (const [cx, cy] of [[0, 0], [1, 0], [1, 1], [0, 1]]) {
    pen.lineTo((x + cx) * tile + (cx ? -2 : 2) + jitter(), (y + cy) * tile + (cy ? -2 : 2) + jitter());
  }
  pen.fill();
}

// kind says of which glass a tile is, from where it lies: an eight-pointed star.
function kind(radius, angle) {
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
