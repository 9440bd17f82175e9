// A canvas that shows a mosaic, and gets its pictures when they are needed.

export const image = async (source) => {
  const picture = new Image();
  picture.src = source;
  await picture.decode();
  return picture;
};

// hasProcessor reports whether WebGL 2 is there, with a processor of its own. Browsers draw it without
// one, too, by programs that say so in their name; a plain canvas is quicker then.
function hasProcessor() {
  const gl = document.createElement('canvas').getContext('webgl2', { failIfMajorPerformanceCaveat: true });
  const info = gl?.getExtension('WEBGL_debug_renderer_info');
  const by = info ? gl.getParameter(info.UNMASKED_RENDERER_WEBGL) : '';
  gl?.getExtension('WEBGL_lose_context')?.loseContext();
  return Boolean(gl) && !/swiftshader|llvmpipe|softpipe|software|basic render/i.test(by);
}

const glass = async () => (await import('./renderer-webgl.js')).glass;
const flat = async () => (await import('./renderer-2d.js')).flat;

// stage draws a mosaic into an element. What it shows has a top left corner, a scale in CSS pixels to
// a cell, and the places that are lit. With ?draw=glass in the page's address it uses WebGL even where
// that is slow, with ?draw=flat not at all.
export async function stage(element, mosaic, { folder }) {
  const how = new URLSearchParams(location.search).get('draw');
  let canvas, draw, last, sheets;

  function begin(make) {
    canvas?.remove();
    canvas = document.createElement('canvas');
    canvas.setAttribute('aria-hidden', 'true');
    draw = make(canvas, mosaic);
    if (draw) element.prepend(canvas);
    return draw;
  }
  const quick = how === 'glass' || (how !== 'flat' && hasProcessor());
  if (!quick || !begin(await glass())) begin(await flat());

  const self = {
    kind: () => (canvas.getContext('webgl2') ? 'glass' : 'flat'),
    show(view) {
      last = view;
      const density = Math.min(2, devicePixelRatio);
      const width = Math.round(element.clientWidth * density), height = Math.round(element.clientHeight * density);
      if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
      draw({ ...view, cell: view.scale * density });
    },
    again: () => last && self.show(last),
    // blurred tells whether a scale asks for more than the preview has.
    blurred: (scale) => !self.shown || scale * Math.min(2, devicePixelRatio) > self.shown.naturalWidth / mosaic.width,
    preview(picture) {
      self.shown = picture;
      draw.preview(picture);
      self.again();
    },
    // near gets the photos, once.
    near() {
      return (sheets ??= Promise.all(mosaic.atlas.files.map(async (name, n) => {
        const picture = await image(folder + name);
        draw.sheet(n, picture);
        return picture;
      })).then((all) => { self.again(); return all; }));
    },
  };

  // photos gives sheets that are there already.
  self.photos = (all) => {
    sheets = Promise.resolve(all);
    all.forEach((picture, n) => draw.sheet(n, picture));
  };

  // A graphics driver may lose everything at any time; the plain way goes on from there.
  canvas.addEventListener('webglcontextlost', async (event) => {
    event.preventDefault();
    begin(await flat());
    if (self.shown) draw.preview(self.shown);
    const all = sheets;
    self.again();
    if (all) (await all).forEach((picture, n) => draw.sheet(n, picture));
    self.again();
  });
  return self;
}
