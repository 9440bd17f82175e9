// Draws a mosaic with WebGL 2. The photos are in a few large textures, the sheets of the atlas; each place
// is an instance of a rectangle that shows its photo and adds its tint. Zoomed out, the preview is drawn.
import { background, dimmed, gold, minHighlight, photoShare } from './renderer-common.js';

const vertex = `#version 300 es
layout(location = 0) in vec3 place;    // x and y in half cells, span in cells
layout(location = 1) in vec3 tint;     // of Y, Cb and Cr
layout(location = 2) in vec4 from;     // x, y and side on the sheet in pixels, which sheet
layout(location = 3) in vec2 nodes;    // where the place's shading is, in pixels of its texture
uniform vec2 canvas, origin, cell;     // device pixels
uniform vec2 photo;                    // size on the sheet where side is 0
uniform float inset, least;            // kept off a photo's edge; the least side of a place
out vec2 at, inside;
flat out vec3 added;
flat out vec2 size, first;
flat out int sheet;
void main() {
  vec2 corner = vec2(gl_VertexID & 1, gl_VertexID >> 1);
  size = max(place.z * cell, vec2(least));
  vec2 p = origin + 0.5 * (place.xy + place.z) * cell + (corner - 0.5) * size;
  gl_Position = vec4(p / canvas * vec2(2, -2) + vec2(-1, 1), 0, 1);
  vec2 side = from.z > 0.0 ? vec2(from.z) : photo;
  at = from.xy + mix(vec2(inset), side - inset, corner);
  inside = corner * size;
  sheet = int(from.w);
  added = tint;
  first = nodes;
}`;

const fragment = `#version 300 es
precision highp float;
in vec2 at, inside;
flat in vec3 added;
flat in vec2 size, first;
flat in int sheet;
uniform sampler2D sheets[5], shadings;
uniform float alpha, light, rim, most; // rim: pixels of gold at the edge; most: of a shading
uniform vec3 gold;
out vec4 colour;
vec3 seen(sampler2D s) { return texture(s, at / vec2(textureSize(s, 0))).rgb; }
void main() {
  vec3 c = sheet == 0 ? seen(sheets[0]) : sheet == 1 ? seen(sheets[1]) : sheet == 2 ? seen(sheets[2]) :
    sheet == 3 ? seen(sheets[3]) : seen(sheets[4]);
  vec2 node = first + clamp(4.0 * inside / size, 0.5, 3.5);
  vec3 tint = added + most * texture(shadings, node / vec2(textureSize(shadings, 0))).rgb;
  c += (tint.x + vec3(1.402 * tint.z, -0.344136 * tint.y - 0.714136 * tint.z, 1.772 * tint.y)) / 255.0;
  c = clamp(c, 0.0, 1.0) * light;
  if (any(lessThan(inside, vec2(rim))) || any(greaterThan(inside, size - rim))) c = gold;
  colour = vec4(c * alpha, alpha);
}`;

const maxSheets = 4; // the preview is one more
const mipLevels = 4; // below a sheet's own
const values = 12;   // per place, 16 bits each

// rendererWebGL returns a function that draws on the canvas, or null where WebGL 2 does not work. It gets
// its pictures later, by sheet(n, picture) and preview(picture). shade is shadings.js, if there are any.
export function rendererWebGL(canvas, mosaic, shade) {
  const { places, atlas } = mosaic;
  const gl = atlas.files.length > maxSheets ? null : canvas.getContext('webgl2', { alpha: false, antialias: false, depth: false });
  const program = gl && buildProgram(gl);
  if (!program) return null;
  gl.useProgram(program);
  const at = (name) => gl.getUniformLocation(program, name);
  const uniforms = Object.fromEntries(['canvas', 'origin', 'cell', 'photo', 'inset', 'least', 'alpha', 'light', 'rim'].map((name) => [name, at(name)]));
  gl.uniform1iv(at('sheets'), [0, 1, 2, 3, 4]);
  if (shade) {
    shade.loadShadings(gl, maxSheets + 1, mosaic);
    gl.uniform1i(at('shadings'), maxSheets + 1);
    gl.uniform1f(at('most'), 127);
  }
  gl.uniform3fv(at('gold'), gold.map((v) => v / 255));
  gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
  gl.clearColor(...background.map((v) => v / 255), 1);

  const pack = (some) => Int16Array.from(some.flatMap((place) => {
    const { sheet, x, y, side } = mosaic.photo(place);
    return [2 * place.x, 2 * place.y, place.span, ...mosaic.tint(place), x, y, side, sheet, ...(shade?.shadingPlace(place) ?? [0, 0])];
  }));
  const all = upload(gl, gl.createBuffer(), pack(places));
  const whole = upload(gl, gl.createBuffer(), Int16Array.of(0, 0, 1, 0, 0, 0, 0, 0, 0, maxSheets, 0, 0));
  const highlights = gl.createBuffer();
  let uploaded, preview, missing = atlas.files.length;

  function drawInstances(buffer, first, count) {
    gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
    for (const [location, size, from] of [[0, 3, 0], [1, 3, 3], [2, 4, 6], [3, 2, 10]]) {
      gl.enableVertexAttribArray(location);
      gl.vertexAttribPointer(location, size, gl.SHORT, false, 2 * values, 2 * (values * first + from));
      gl.vertexAttribDivisor(location, 1);
    }
    gl.drawArraysInstanced(gl.TRIANGLE_STRIP, 0, 4, count);
  }

  // draw shows what lies right of left and below top, in cells, at cell device pixels a cell. Places in
  // highlighted, if any, are drawn large enough to be seen; all others are dimmed.
  function draw({ left, top, cell, highlighted }) {
    gl.viewport(0, 0, canvas.width, canvas.height);
    gl.disable(gl.BLEND);
    gl.clear(gl.COLOR_BUFFER_BIT);
    gl.uniform2f(uniforms.canvas, canvas.width, canvas.height);
    gl.uniform2f(uniforms.origin, -left * cell, -top * cell);
    gl.uniform1f(uniforms.light, highlighted ? dimmed : 1);
    gl.uniform1f(uniforms.least, 0);
    gl.uniform1f(uniforms.rim, 0);
    gl.uniform1f(uniforms.alpha, 1);
    const photos = missing > 0 ? 0 : preview ? photoShare(cell, preview.naturalWidth / mosaic.width) : 1;
    if (preview && photos < 1) {
      gl.uniform2f(uniforms.cell, mosaic.width * cell, mosaic.height * cell);
      gl.uniform2f(uniforms.photo, preview.naturalWidth, preview.naturalHeight);
      gl.uniform1f(uniforms.inset, 0);
      drawInstances(whole, 0, 1);
    }
    if (missing > 0) return;
    gl.uniform2f(uniforms.cell, cell, cell);
    gl.uniform1f(uniforms.inset, 2 ** Math.min(mipLevels, Math.ceil(Math.max(0, Math.log2(atlas.tile / cell)))) / 2);
    if (photos > 0) {
      if (photos < 1) gl.enable(gl.BLEND);
      gl.uniform1f(uniforms.alpha, photos);
      const [first, end] = mosaic.visible(top, top + canvas.height / cell);
      drawInstances(all, first, end - first);
    }
    if (highlighted) drawHighlights(highlighted);
  }

  function drawHighlights(highlighted) {
    if (uploaded !== highlighted) upload(gl, highlights, pack(highlighted));
    uploaded = highlighted;
    gl.disable(gl.BLEND);
    gl.uniform1f(uniforms.alpha, 1);
    gl.uniform1f(uniforms.light, 1);
    gl.uniform1f(uniforms.least, minHighlight * devicePixelRatio);
    gl.uniform1f(uniforms.rim, Math.ceil(1.5 * devicePixelRatio));
    drawInstances(highlights, 0, highlighted.length);
  }

  draw.preview = (picture) => { preview = picture; loadTexture(gl, maxSheets, picture); };
  draw.sheet = (n, picture) => { loadTexture(gl, n, picture); missing--; };
  return draw;
}

function buildProgram(gl) {
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

function upload(gl, buffer, data) {
  gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
  gl.bufferData(gl.ARRAY_BUFFER, data, gl.STATIC_DRAW);
  return buffer;
}

function loadTexture(gl, unit, picture) {
  gl.activeTexture(gl.TEXTURE0 + unit);
  gl.bindTexture(gl.TEXTURE_2D, gl.createTexture());
  gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGB, gl.RGB, gl.UNSIGNED_BYTE, picture);
  gl.generateMipmap(gl.TEXTURE_2D);
  for (const [parameter, value] of [[gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE], [gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE],
    [gl.TEXTURE_MIN_FILTER, gl.LINEAR_MIPMAP_LINEAR], [gl.TEXTURE_MAX_LEVEL, mipLevels]]) gl.texParameteri(gl.TEXTURE_2D, parameter, value);
}
