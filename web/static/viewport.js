// Which part of a picture is visible: the centre of the view in cells, and how many CSS pixels a cell
// takes. Nothing but arithmetic; camera.js moves it.

export const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

export class Viewport {
  x; // centre of the view, in cells
  y;
  scale = 0; // CSS pixels of a cell
  box = { width: 1, height: 1 }; // CSS pixels of the element that shows it

  // The picture is width x height cells; a cell is never shown larger than maxScale.
  constructor(width, height, maxScale) {
    Object.assign(this, { width, height, maxScale, x: width / 2, y: height / 2 });
  }

  // reshape takes another picture in its place: the same part of it stays visible.
  reshape(width, height, maxScale) {
    const whole = this.isWhole(), by = [width / this.width, height / this.height];
    Object.assign(this, { width, height, maxScale, x: this.x * by[0], y: this.y * by[1], scale: whole ? 0 : this.scale / by[0] });
    this.settle();
  }

  // minScale shows the whole picture.
  get minScale() {
    return Math.min(this.box.width / this.width, this.box.height / this.height);
  }

  clampScale(scale) {
    return clamp(scale, this.minScale, Math.max(this.maxScale, this.minScale));
  }

  isWhole() {
    return this.scale <= this.minScale * 1.001;
  }

  corner() {
    return [this.x - this.box.width / this.scale / 2, this.y - this.box.height / this.scale / 2];
  }

  // cellAt converts a point of the element, in CSS pixels, to cells.
  cellAt([px, py]) {
    return [this.x + (px - this.box.width / 2) / this.scale, this.y + (py - this.box.height / 2) / this.scale];
  }

  // settle keeps the picture in the view: it never leaves a gap that it could fill.
  settle() {
    this.scale = this.clampScale(this.scale);
    for (const [axis, size, pixels] of [['x', this.width, this.box.width], ['y', this.height, this.box.height]]) {
      const half = pixels / this.scale / 2;
      this[axis] = half * 2 >= size ? size / 2 : clamp(this[axis], half, size - half);
    }
  }

  // resize follows the element's size. A view of the whole picture remains one.
  resize(width, height) {
    const whole = this.scale === 0 || this.isWhole();
    this.box = { width: Math.max(1, width), height: Math.max(1, height) };
    if (whole) this.scale = this.minScale;
    this.settle();
  }

  // zoom multiplies the scale; the point at, in CSS pixels, stays where it is.
  zoom(factor, at = [this.box.width / 2, this.box.height / 2]) {
    const [x, y] = this.cellAt(at);
    this.scale = this.clampScale(this.scale * factor);
    this.x = x - (at[0] - this.box.width / 2) / this.scale;
    this.y = y - (at[1] - this.box.height / 2) / this.scale;
    this.settle();
  }

  // pan drags the picture by CSS pixels.
  pan(dx, dy) {
    this.x -= dx / this.scale;
    this.y -= dy / this.scale;
    this.settle();
  }

  // flight prepares the way to a point at a scale, and returns a function that moves the view to a share
  // of it, 0 to 1. Long ways zoom out in between.
  flight(x, y, scale) {
    const from = { x: this.x, y: this.y, scale: this.scale }, to = this.clampScale(scale);
    const distance = Math.hypot(x - from.x, y - from.y) * Math.min(from.scale, to);
    const lift = Math.log(1 + (1.2 * distance) / Math.hypot(this.box.width, this.box.height));
    const a = Math.log(from.scale), b = Math.log(to);
    return (share) => {
      const ease = share * share * (3 - 2 * share);
      this.scale = Math.exp(a + (b - a) * ease - lift * 4 * ease * (1 - ease));
      // Close up, things would rush past: most of the way is covered while zoomed out.
      const moved = Math.abs(b - a) < 0.05 ? ease : (1 / from.scale - Math.exp(-a - (b - a) * ease)) / (1 / from.scale - 1 / to);
      this.x = from.x + (x - from.x) * clamp(moved, 0, 1);
      this.y = from.y + (y - from.y) * clamp(moved, 0, 1);
      this.settle();
    };
  }
}
