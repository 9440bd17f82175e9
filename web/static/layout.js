// Reads a plan into places: what stands where, in units of a cell. A place may span several cells,
// and in a brick pattern every second row lies half a cell further left.

// layout returns the places of a plan, row by row, and who is at a point. Coordinates begin at the
// top left corner of the picture. It reads plans of version 1 and 2.
export function layout(plan) {
  const { columns, rows, cells } = plan;
  const shifts = plan.shifts ?? [], spans = plan.spans ?? [];
  const faces = plan.faces ?? plan.friends.map((friend, i) => ({ ...friend, friends: [i] }));
  const brick = plan.shape === 'brick';
  const half = (row) => (brick && row % 2 ? 0.5 : 0);
  const taken = new Int32Array(columns * rows).fill(-1); // which place each cell belongs to
  const places = [], of = faces.map(() => []), first = new Int32Array(rows + 1);
  let longest = 1;
  for (let cell = 0; cell < columns * rows; cell++) {
    const x = cell % columns, y = (cell - x) / columns;
    if (x === 0) first[y] = places.length;
    if (taken[cell] >= 0) continue;
    const span = spans[cell] || 1;
    longest = Math.max(longest, span);
    for (let down = y; down < Math.min(rows, y + span); down++) {
      taken.fill(places.length, down * columns + x, down * columns + Math.min(columns, x + span));
    }
    of[cells[cell]]?.push(places.length);
    places.push({ x: x - half(y), y, span, cell, face: cells[cell] });
  }
  first[rows] = places.length;
  const row = (y) => Math.min(rows, Math.max(0, y));

  return {
    faces, places, of, atlas: plan.atlas,
    width: columns - (brick ? 0.5 : 0), height: rows,

    // shift is what is added to Y, Cb and Cr of a place's photo.
    shift: ({ cell }) => [shifts[3 * cell] ?? 0, shifts[3 * cell + 1] ?? 0, shifts[3 * cell + 2] ?? 0],

    // range is the part of places, from and up to, that can be seen between two heights.
    range: (top, bottom) => [first[row(Math.floor(top) - longest + 1)], first[row(Math.ceil(bottom))]],

    // at is the place at a point, undefined beside the picture.
    at(x, y) {
      const down = Math.floor(y), right = Math.floor(x + half(down));
      if (x < 0 || down < 0 || down >= rows || right >= columns) return undefined;
      return places[taken[down * columns + right]];
    },
  };
}
