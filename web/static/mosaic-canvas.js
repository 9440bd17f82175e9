// A canvas that shows a mosaic. It chooses the renderer, and loads the photos when they are needed.

export const loadImage = async (source) => {
  const picture = new Image();
  picture.src = source;
  await picture.decode();
  return picture;
};

const patience = 2_000; // ms until files that could not be loaded are asked for again: the first look may be over

const sharper = 'preview.jpg', sharperSide = 1600; // pixels on its long side

// hasGPU reports whether WebGL 2 runs on a graphics processor. Browsers also emulate it in software, with
// a renderer that says so in its name; a 2D canvas is faster than that.
function hasGPU() {
  const gl = document.createElement('canvas').getContext('webgl2', { failIfMajorPerformanceCaveat: true });
  const info = gl?.getExtension('WEBGL_debug_renderer_info');
  const renderer = info ? gl.getParameter(info.UNMASKED_RENDERER_WEBGL) : '';
  gl?.getExtension('WEBGL_lose_context')?.loseContext();
  return Boolean(gl) && !/swiftshader|llvmpipe|softpipe|software|basic render/i.test(renderer);
}

const webGL = async () => (await import('./renderer-webgl.js')).rendererWebGL;
const plain2D = async () => (await import('./renderer-2d.js')).renderer2D;

// mosaicCanvas draws a mosaic into an element. A view has a top left corner in cells, a scale in CSS
// pixels a cell, and the highlighted places. ?renderer=webgl or =2d in the page's address overrides the
// choice.
export async function mosaicCanvas(element, mosaic, folder) {
  const wanted = new URLSearchParams(location.search).get('renderer');
  const shade = mosaic.shading && await import('./shadings.js');
  let canvas, render, lastView, preview, sharpened, photos;

  function use(makeRenderer) {
    canvas?.remove();
    canvas = document.createElement('canvas');
    canvas.setAttribute('aria-hidden', 'true');
    render = makeRenderer(canvas, mosaic, shade);
    if (render) element.prepend(canvas);
    return render;
  }
  const first = wanted === 'webgl' || (wanted !== '2d' && hasGPU()) ? await webGL().catch(() => undefined) : undefined;
  if (!first || !use(first)) use(await plain2D().catch(webGL));

  function draw(view) {
    lastView = view;
    const density = Math.min(2, devicePixelRatio);
    const width = Math.round(element.clientWidth * density), height = Math.round(element.clientHeight * density);
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    render({ ...view, cell: view.scale * density });
  }
  const redraw = () => lastView && draw(lastView);
  function setPreview(picture) {
    preview = picture;
    render.preview(picture);
    redraw();
  }
  const usePhotos = (all) => all?.forEach((picture, n) => render.sheet(n, picture));

  // A graphics driver may lose everything at any time; the 2D renderer goes on from there.
  canvas.addEventListener('webglcontextlost', async (event) => {
    event.preventDefault();
    use(await plain2D());
    if (preview) render.preview(preview);
    redraw();
    if (photos) usePhotos(await photos);
    redraw();
  });

  return {
    draw,
    renderer: () => (canvas.getContext('webgl2') ? 'webgl' : '2d'),
    // blurred reports whether the preview is too small for a scale.
    blurred: (scale) => !preview || scale * Math.min(2, devicePixelRatio) > preview.naturalWidth / mosaic.width,
    // wantsPhotos reports whether the sharper preview is too small, too.
    wantsPhotos: (scale) => scale * Math.min(2, devicePixelRatio) > sharperSide / Math.max(mosaic.width, mosaic.height),
    setPreview,
    // sharpen loads the larger preview, once, if the first one is not it.
    sharpen() {
      if (!preview || sharpened || preview.src.endsWith(sharper)) return;
      sharpened = true;
      loadImage(folder + sharper).then(setPreview).catch(() => setTimeout(() => { sharpened = false; }, patience));
    },
    setPhotos(all) {
      photos = Promise.resolve(all);
      usePhotos(all);
    },
    // loadPhotos does so once, and later again if it failed.
    loadPhotos() {
      photos ??= Promise.all(mosaic.atlas.files.map(async (name, n) => {
        const picture = await loadImage(folder + name);
        render.sheet(n, picture);
        return picture;
      })).then((all) => { redraw(); return all; }).catch(() => { setTimeout(() => { photos = undefined; }, patience); });
    },
    remove() { canvas.remove(); },
  };
}
