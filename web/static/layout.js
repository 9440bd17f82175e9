// Reads a plan (versions 1 and 2) into places, in cells. A place may span several cells, and in a brick
// pattern every second row lies half a cell further left.

// layout returns the places of a plan, row by row. Coordinates begin at the picture's top left corner.
export function layout(plan) {
  const { columns, rows, cells } = plan;
  const { shifts = [], spans = [], crops = [] } = plan;
  const faces = plan.faces ?? plan.friends.map((friend, i) => ({ ...friend, friends: [i] }));
  const brick = plan.shape === 'brick';
  const offset = (row) => (brick && row % 2 ? 0.5 : 0);
  const placeOfCell = new Int32Array(columns * rows).fill(-1);
  const places = [], placesOfFace = faces.map(() => []), firstOfRow = new Int32Array(rows + 1);
  let maxSpan = 1;
  for (let cell = 0; cell < columns * rows; cell++) {
    const x = cell % columns, y = (cell - x) / columns;
    if (x === 0) firstOfRow[y] = places.length;
    if (placeOfCell[cell] >= 0) continue;
    const span = spans[cell] || 1;
    maxSpan = Math.max(maxSpan, span);
    for (let row = y; row < Math.min(rows, y + span); row++) {
      placeOfCell.fill(places.length, row * columns + x, row * columns + Math.min(columns, x + span));
    }
    const place = { x: x - offset(y), y, span, cell, face: cells[cell] };
    placesOfFace[place.face]?.push(place);
    places.push(place);
  }
  firstOfRow[rows] = places.length;
  const firstFrom = (row) => firstOfRow[Math.min(rows, Math.max(0, row))];

  return {
    faces, places, placesOfFace, atlas: plan.atlas, shading: plan.shading,
    width: columns - (brick ? 0.5 : 0), height: rows,

    // tint is added to Y, Cb and Cr of a place's photo.
    tint: ({ cell }) => [shifts[3 * cell] ?? 0, shifts[3 * cell + 1] ?? 0, shifts[3 * cell + 2] ?? 0],

    // photo says where a place's photo is: the sheet, and the square on it.
    photo({ cell, face }) {
      const { sheet, x, y, crops: all } = faces[face], { tile } = plan.atlas;
      const [left, top, side] = all?.[crops[cell] - 1] ?? [0, 0, 1];
      return { sheet, x: Math.round(x + left * tile), y: Math.round(y + top * tile), side: Math.round(side * tile) };
    },

    // visible returns the places that may be visible between two heights.
    visible: (top, bottom) => [firstFrom(Math.floor(top) - maxSpan + 1), firstFrom(Math.ceil(bottom))],

    // at returns the place at a point, or undefined outside the picture.
    at(x, y) {
      const row = Math.floor(y), column = Math.floor(x + offset(row));
      if (x < 0 || row < 0 || row >= rows || column >= columns) return undefined;
      return places[placeOfCell[row * columns + column]];
    },
  };
}
