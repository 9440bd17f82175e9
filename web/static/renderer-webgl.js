// Draws the places of a mosaic with WebGL 2. Every photo is on a sheet; every place is one instance
// of a rectangle that shows its photo and adds its tint. From afar the preview is shown instead.
import { ground, gold, least, shade, share } from './renderer-common.js';

const vertex = `#version 300 es
layout(location = 0) in vec3 place;    // x and y in half cells, span in cells
layout(location = 1) in vec3 from;     // x and y on the sheet in pixels, which sheet
layout(location = 2) in vec3 shift;    // of Y, Cb and Cr
uniform vec2 canvas, origin, cell;     // device pixels
uniform vec2 photo;                    // size on the sheet, in its pixels
uniform float inset, grow;             // kept off a photo's edge; the least side of a place
out vec2 at, inside;
out vec3 add;
flat out vec2 size;
flat out int sheet;
void main() {
  vec2 corner = vec2(gl_VertexID & 1, gl_VertexID >> 1);
  size = max(place.z * cell, vec2(grow));
  vec2 p = origin + 0.5 * (place.xy + place.z) * cell + (corner - 0.5) * size;
  gl_Position = vec4(p / canvas * vec2(2, -2) + vec2(-1, 1), 0, 1);
  at = from.xy + mix(vec2(inset), photo - inset, corner);
  inside = corner * size;
  sheet = int(from.z);
  add = (shift.x + vec3(1.402 * shift.z, -0.344136 * shift.y - 0.714136 * shift.z, 1.772 * shift.y)) / 255.0;
}`;

const fragment = `#version 300 es
precision highp float;
in vec2 at, inside;
in vec3 add;
flat in vec2 size;
flat in int sheet;
uniform sampler2D sheets[5];
uniform float alpha, light, rim;       // rim: pixels of gold at the edge
uniform vec3 gold;
out vec4 colour;
vec3 seen(sampler2D s) { return texture(s, at / vec2(textureSize(s, 0))).rgb; }
void main() {
  vec3 c = sheet == 0 ? seen(sheets[0]) : sheet == 1 ? seen(sheets[1]) : sheet == 2 ? seen(sheets[2]) :
    sheet == 3 ? seen(sheets[3]) : seen(sheets[4]);
  c = clamp(c + add, 0.0, 1.0) * light;
  if (any(lessThan(inside, vec2(rim))) || any(greaterThan(inside, size - rim))) c = gold;
  colour = vec4(c * alpha, alpha);
}`;

const most = 4;            // sheets; the preview is one more
const levels = 4;          // of detail below a sheet's own
const numbers = 9;         // of a place, each of 16 bits

// glass makes a function that draws on the canvas, or null where it cannot. Its pictures come later, by
// sheet(n, picture) and preview(picture).
export function glass(canvas, mosaic) {
  const { faces, places, atlas } = mosaic;
  const gl = atlas.files.length > most ? null : canvas.getContext('webgl2', { alpha: false, antialias: false, depth: false });
  const program = gl && build(gl);
  if (!program) return null;
  gl.useProgram(program);
  const at = (name) => gl.getUniformLocation(program, name);
  const set = Object.fromEntries(['canvas', 'origin', 'cell', 'photo', 'inset', 'grow', 'alpha', 'light', 'rim'].map((name) => [name, at(name)]));
  gl.uniform1iv(at('sheets'), [0, 1, 2, 3, 4]);
  gl.uniform3fv(at('gold'), gold.map((v) => v / 255));
  gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
  gl.clearColor(...ground.map((v) => v / 255), 1);

  const pack = (some) => Int16Array.from(some.flatMap((place) => {
    const { sheet, x, y } = faces[place.face];
    return [2 * place.x, 2 * place.y, place.span, x, y, sheet, ...mosaic.shift(place)];
  }));
  const all = fill(gl, gl.createBuffer(), pack(places));
  const whole = fill(gl, gl.createBuffer(), Int16Array.of(0, 0, 1, 0, 0, most, 0, 0, 0));
  const front = gl.createBuffer();
  let inFront, preview, missing = atlas.files.length;

  function lay(buffer, first, many) {
    gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
    for (const location of [0, 1, 2]) {
      gl.enableVertexAttribArray(location);
      gl.vertexAttribPointer(location, 3, gl.SHORT, false, 2 * numbers, 2 * (numbers * first + 3 * location));
      gl.vertexAttribDivisor(location, 1);
    }
    gl.drawArraysInstanced(gl.TRIANGLE_STRIP, 0, 4, many);
  }

  // draw shows what lies right and below of left and top, in cells, with cell device pixels to a
  // cell. Of the places in lit, if any, every one can be seen; all others are in the shade.
  function draw({ left, top, cell, lit }) {
    gl.viewport(0, 0, canvas.width, canvas.height);
    gl.disable(gl.BLEND);
    gl.clear(gl.COLOR_BUFFER_BIT);
    gl.uniform2f(set.canvas, canvas.width, canvas.height);
    gl.uniform2f(set.origin, -left * cell, -top * cell);
    gl.uniform1f(set.light, lit ? shade : 1);
    gl.uniform1f(set.grow, 0);
    gl.uniform1f(set.rim, 0);
    gl.uniform1f(set.alpha, 1);
    const photos = missing > 0 ? 0 : preview ? share(cell, preview.naturalWidth / mosaic.width) : 1;
    if (preview && photos < 1) {
      gl.uniform2f(set.cell, mosaic.width * cell, mosaic.height * cell);
      gl.uniform2f(set.photo, preview.naturalWidth, preview.naturalHeight);
      gl.uniform1f(set.inset, 0);
      lay(whole, 0, 1);
    }
    if (missing > 0) return;
    gl.uniform2f(set.cell, cell, cell);
    gl.uniform2f(set.photo, atlas.tile, atlas.tile);
    gl.uniform1f(set.inset, 2 ** Math.min(levels, Math.ceil(Math.max(0, Math.log2(atlas.tile / cell)))) / 2);
    if (photos > 0) {
      if (photos < 1) gl.enable(gl.BLEND);
      gl.uniform1f(set.alpha, photos);
      const [first, end] = mosaic.range(top, top + canvas.height / cell);
      lay(all, first, end - first);
    }
    if (lit) point(lit);
  }

  function point(lit) {
    if (inFront !== lit) fill(gl, front, pack(lit));
    inFront = lit;
    gl.disable(gl.BLEND);
    gl.uniform1f(set.alpha, 1);
    gl.uniform1f(set.light, 1);
    gl.uniform1f(set.grow, least * devicePixelRatio);
    gl.uniform1f(set.rim, Math.ceil(1.5 * devicePixelRatio));
    lay(front, 0, lit.length);
  }

  draw.preview = (picture) => { preview = picture; load(gl, most, picture); };
  draw.sheet = (n, picture) => { load(gl, n, picture); missing--; };
  return draw;
}

function build(gl) {
  const program = gl.createProgram();
  for (const [kind, source] of [[gl.VERTEX_SHADER, vertex], [gl.FRAGMENT_SHADER, fragment]]) {
    const shader = gl.createShader(kind);
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  return gl.getProgramParameter(program, gl.LINK_STATUS) ? program : null;
}

function fill(gl, buffer, data) {
  gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
  gl.bufferData(gl.ARRAY_BUFFER, data, gl.STATIC_DRAW);
  return buffer;
}

function load(gl, unit, picture) {
  gl.activeTexture(gl.TEXTURE0 + unit);
  gl.bindTexture(gl.TEXTURE_2D, gl.createTexture());
  gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGB, gl.RGB, gl.UNSIGNED_BYTE, picture);
  gl.generateMipmap(gl.TEXTURE_2D);
  for (const [what, how] of [[gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE], [gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE],
    [gl.TEXTURE_MIN_FILTER, gl.LINEAR_MIPMAP_LINEAR], [gl.TEXTURE_MAX_LEVEL, levels]]) gl.texParameteri(gl.TEXTURE_2D, what, how);
}
