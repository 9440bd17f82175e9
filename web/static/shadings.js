// The shadings of a mosaic, for its renderers: pictures of 4 x 4 pixels for each place, which are drawn enlarged.
// pkg/render/shading.go says how a plan has them.

const zero = 80, each = 24; // the character of 0; characters of a place
const perRow = 1024;        // places

// shadingPlace is where a place is in the pictures. The first 4 x 4 pixels are 0, and belong to none.
export const shadingPlace = ({ cell }) => [4 * ((cell + 1) % perRow), 4 * Math.floor((cell + 1) / perRow)];

// shadings fills data, made by the function for a number of bytes: write gets Y, Cb and Cr of a pixel and where
// its four bytes begin in data.
export function shadings({ shading }, make, write) {
  const count = shading.length / each + 1, width = 4 * Math.min(perRow, count), height = 4 * Math.ceil(count / perRow);
  const data = make(4 * width * height);
  for (let cell = 0; cell < count - 1; cell++) {
    const [left, top] = shadingPlace({ cell });
    const value = (i) => shading.charCodeAt(each * cell + i) - zero;
    for (let i = 0; i < 16; i++) {
      const quarter = 2 * (i >> 3) + ((i & 3) >> 1);
      write(data, 4 * ((top + (i >> 2)) * width + left + (i & 3)), cell, value(i), value(16 + quarter), value(20 + quarter));
    }
  }
  return { width, height, data };
}

// shadingPictures returns canvases with what is added to photos and what is subtracted, together with the tint.
// rgb converts from Y, Cb and Cr.
export const shadingPictures = (mosaic, rgb) => [1, -1].map((sign) => {
  const { width, height, data } = shadings(mosaic, (n) => new Uint8ClampedArray(n).fill(255), (bytes, i, cell, ...components) => {
    const tint = mosaic.tint({ cell });
    bytes.set(rgb(...components.map((v, c) => v + tint[c])).map((v) => sign * v), i);
  });
  const picture = Object.assign(document.createElement('canvas'), { width, height });
  picture.getContext('2d').putImageData(new ImageData(data, width, height), 0, 0);
  return picture;
});

// loadShadings loads Y, Cb and Cr, each divided by 127, into a texture unit.
export function loadShadings(gl, unit, mosaic) {
  const { width, height, data } = shadings(mosaic, (n) => new Int8Array(n), (bytes, i, cell, ...components) => bytes.set(components, i));
  gl.activeTexture(gl.TEXTURE0 + unit);
  gl.bindTexture(gl.TEXTURE_2D, gl.createTexture());
  gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8_SNORM, width, height, 0, gl.RGBA, gl.BYTE, data);
  for (const [parameter, value] of [[gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE], [gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE],
    [gl.TEXTURE_MIN_FILTER, gl.LINEAR], [gl.TEXTURE_MAG_FILTER, gl.LINEAR]]) gl.texParameteri(gl.TEXTURE_2D, parameter, value);
}
