// sRGB to CIELAB under D65 and back (IEC 61966-2-1; CIE 15), as the worker does it. sRGB is 0 to 255.

const white = [0.95047, 1, 1.08883];
const toLinear = (v) => (v <= 10.31475 ? v / 3294.6 : ((v / 255 + 0.055) / 1.055) ** 2.4);
const fromLinear = (v) => 255 * (v <= 0.0031308 ? 12.92 * v : 1.055 * Math.max(0, v) ** (1 / 2.4) - 0.055);
const f = (t) => (t > 0.008856452 ? Math.cbrt(t) : t / 0.128418549 + 0.137931034);
const inverseF = (t) => (t > 0.206896552 ? t ** 3 : 0.128418549 * (t - 0.137931034));

export function labFromRGB(...rgb) {
  const [r, g, b] = rgb.map(toLinear);
  const [x, y, z] = [0.4124564 * r + 0.3575761 * g + 0.1804375 * b, 0.2126729 * r + 0.7151522 * g + 0.072175 * b,
    0.0193339 * r + 0.119192 * g + 0.9503041 * b].map((v, i) => f(v / white[i]));
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

export function rgbFromLab([l, a, b]) {
  const fy = (l + 16) / 116;
  const [x, y, z] = [fy + a / 500, fy, fy - b / 200].map((v, i) => inverseF(v) * white[i]);
  return [3.2404542 * x - 1.5371385 * y - 0.4985314 * z, -0.969266 * x + 1.8760108 * y + 0.041556 * z,
    0.0556434 * x - 0.2040259 * y + 1.0572252 * z].map(fromLinear);
}

// distance is the CIE76 difference of two Lab colours.
export const distance = (a, b) => Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
