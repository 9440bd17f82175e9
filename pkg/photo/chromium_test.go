package photo_test

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"smalti/pkg/browsertest"
	"smalti/pkg/colour"
	"smalti/pkg/photo"
)

// shownByBrowser draws each file in the page at its natural size over white, and gives its size and its pixels in one
// string per file: "width height hex", or "" for a picture that is not shown.
const shownByBrowser = `(async n => {
	const all = [];
	for (let i = 0; i < n; i++) {
		const img = new Image();
		img.src = '/' + i;
		await new Promise(done => { img.onload = img.onerror = done; });
		const w = img.naturalWidth, h = img.naturalHeight;
		if (!w) { all.push(''); continue; }
		await img.decode().catch(() => {}); // what is damaged is shown as far as it goes
		const c = new OffscreenCanvas(w, h).getContext('2d');
		c.fillStyle = '#fff';
		c.fillRect(0, 0, w, h);
		c.drawImage(img, 0, 0);
		all.push(w + ' ' + h + ' ' + Array.from(c.getImageData(0, 0, w, h).data, v => v.toString(16).padStart(2, '0')).join(''));
	}
	return all.join('\n');
})(%d)`

// Pictures have the size and the colours that Chromium gives them: one of each kind of colour, shape, damage and
// format. All are smooth, so that no rounding of chroma hides what is meant.
func TestPicturesAreAsInChromium(t *testing.T) {
	files := browserFiles(t)
	names := slices.Sorted(maps.Keys(files))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var i int
		if n, _ := fmt.Sscanf(r.URL.Path, "/%d", &i); n == 1 && i < len(names) {
			w.Write(files[names[i]])
			return
		}
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprint(w, "<!doctype html><body>")
	}))
	defer server.Close()
	ctx := browsertest.Start(t, 800, 600)
	if _, err := chromedp.Run(ctx, chromedp.Navigate(server.URL)); err != nil {
		t.Fatal(err)
	}
	all := strings.Split(browsertest.Eval[string](t, ctx, fmt.Sprintf(shownByBrowser, len(names))), "\n")
	for i, name := range names {
		t.Run(name, func(t *testing.T) { compareWithBrowser(t, files[name], all[i]) })
	}
}

func compareWithBrowser(t *testing.T, file []byte, shown string) {
	t.Helper()
	want := &image.NRGBA{}
	var pixels string
	if _, err := fmt.Sscan(shown, &want.Rect.Max.X, &want.Rect.Max.Y, &pixels); err != nil {
		t.Fatalf("Chromium does not show it: %v", err)
	}
	if _, err := fmt.Sscanf(pixels, "%x", &want.Pix); err != nil {
		t.Fatal(err)
	}
	got, err := photo.Picture(file, 1<<16, photo.Limits{})
	if err != nil {
		t.Fatalf("refused: %v", err)
	}
	if got.Rect != want.Rect {
		t.Fatalf("size %v, Chromium has %v", got.Rect.Max, want.Rect.Max)
	}
	lab := func(p []byte) colour.Lab {
		return colour.ToLab(colour.Light{colour.Linear(float64(p[0]) / 255), colour.Linear(float64(p[1]) / 255), colour.Linear(float64(p[2]) / 255)})
	}
	var sum float64
	var all []float64
	for i := 0; i < len(got.Pix); i += 4 {
		d := colour.CIEDE2000(lab(got.Pix[i:]), lab(want.Pix[i:]))
		sum += d
		all = append(all, d)
	}
	slices.Sort(all)
	if mean, p95 := sum/float64(len(all)), all[len(all)*95/100]; mean > 0.5 || p95 > 2 {
		t.Errorf("mean dE %.2f, 95th percentile %.2f; want 0.5 and 2 at most", mean, p95)
	}
}

// rawPNG writes samples as a PNG without filters.
func rawPNG(width, height int, depth, kind byte, chunks [][]byte, row func(y int) []byte) []byte {
	var rows bytes.Buffer
	z := zlib.NewWriter(&rows)
	for y := range height {
		z.Write(append([]byte{0}, row(y)...))
	}
	z.Close()
	head := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, uint32(width)), uint32(height))
	out := pngChunk([]byte("\x89PNG\r\n\x1a\n"), "IHDR", append(head, depth, kind, 0, 0, 0), nil)
	for _, c := range chunks {
		out = append(out, c...)
	}
	return pngChunk(pngChunk(out, "IDAT", rows.Bytes(), nil), "IEND", nil, nil)
}

// browserFiles are the files to compare.
func browserFiles(t *testing.T) map[string][]byte {
	const width, height = 48, 32
	img := image.NewNRGBA(image.Rect(0, 0, width, height))
	clear := image.NewNRGBA(img.Rect)
	for i := range width * height {
		x, y := i%width, i/width
		img.SetNRGBA(x, y, color.NRGBA{uint8(40 + 4*x), uint8(30 + 6*y), uint8(200 - 2*x - 2*y), 255})
		c := img.NRGBAAt(x, y)
		c.A = uint8(5 * x)
		clear.SetNRGBA(x, y, c)
	}
	whole, jpg := asPNG(t, img), asJPEG(t, img)
	head, idat, end := pngParts(t, whole)
	with := func(name string, payload []byte) []byte { return withChunks(whole, pngChunk(nil, name, payload, nil)) }
	files := map[string][]byte{
		"JPEG": jpg, "PNG": whole, "PNG with alpha": asPNG(t, clear), "WebP": stillRed(), "WebP, animated": animatedRed(16),
		"Display P3": with("iCCP", compressed(displayP3())), "gAMA": with("gAMA", numbers(100000)), "cICP": with("cICP", []byte{12, 13, 0, 1}),
		"cICP of video": with("cICP", []byte{1, 1, 0, 1}), "sRGB with a wrong intent": withChunks(whole, pngChunk(nil, "sRGB", []byte{9}, nil), pngChunk(nil, "gAMA", numbers(70000), nil)),
		"JPEG of Display P3":   withSegment(jpg, 0xE2, append([]byte("ICC_PROFILE\x00\x01\x01"), displayP3()...)),
		"a table of colours":   with("iCCP", compressed(labProfile("RGB "))),
		"CMYK with a profile":  withSegment(flatJPEG(0, 1, 180, 90, 200, 250), 0xE2, append([]byte("ICC_PROFILE\x00\x01\x01"), labProfile("CMYK")...)),
		"CMYK":                 flatJPEG(0, 1, 180, 90, 200, 250),
		"a profile of nothing": with("iCCP", compressed([]byte("no profile"))),
		"turned JPEG":          withSegment(jpg, 0xE1, exif(binary.BigEndian, 6)), "turned PNG": with("eXIf", exif(binary.LittleEndian, 8)[6:]),
		"interlaced PNG": interlacedPNG(t, img), "no IEND": whole[:len(whole)-12],
		"wrong Adler-32":  pngChunk(bytes.Clone(head), "IDAT", append(bytes.Clone(idat[:len(idat)-1]), ^idat[len(idat)-1]), end),
		"bad CRC of text": withChunks(whole, append(pngChunk(nil, "tEXt", []byte("a\x00b"), nil)[:11], 1, 2, 3, 4)),
		"16 bits": rawPNG(width, height, 16, 2, nil, func(y int) (row []byte) {
			for x := range width {
				row = append(row, byte(5*x), 77, byte(7*y), 88, 100, 99)
			}
			return row
		}),
		"grey of 4 bits": rawPNG(width, height, 4, 0, nil, func(y int) []byte { return bytes.Repeat([]byte{byte(y * 8)}, width/2) }),
		"palette": rawPNG(width, height, 8, 3, [][]byte{pngChunk(nil, "PLTE", []byte{255, 0, 0, 0, 255, 0, 9, 9, 200}, nil), pngChunk(nil, "tRNS", []byte{255, 100}, nil)},
			func(y int) []byte { return bytes.Repeat([]byte{byte(y % 3)}, width) }),
		"a clear colour":    rawPNG(width, height, 8, 0, [][]byte{pngChunk(nil, "tRNS", []byte{0, 70}, nil)}, func(y int) []byte { return bytes.Repeat([]byte{byte(7 * y)}, width) }),
		"BMP with runs":     runsBMP(8), // where there is nothing, Chromium shows black or white, as it happens
		"grey JPEG":         flatJPEG(-1, 1, 77),
		"GIF":               asGIF(t, image.NewPaletted(image.Rect(0, 0, 9, 9), color.Palette{red, green})),
		"GIF off its edge":  withScreen(asGIF(t, image.NewPaletted(image.Rect(0, 0, 9, 9), color.Palette{red, green})), 6, 5),
		"GIF without table": withoutTable(asGIF(t, image.NewPaletted(image.Rect(0, 0, 9, 9), color.Palette{red, green}))),
	}
	var progressive bytes.Buffer
	jpeg.Encode(&progressive, img, &jpeg.Options{Quality: 70})
	files["JPEG of low quality"] = progressive.Bytes()
	return files
}

// withScreen sets the size of a GIF's canvas.
func withScreen(gif []byte, width, height byte) []byte {
	gif = bytes.Clone(gif)
	gif[6], gif[8] = width, height
	return gif
}

// withoutTable takes the table of two colours from a GIF of one frame, wherever it is.
func withoutTable(gif []byte) []byte {
	gif = bytes.Clone(gif)
	if gif[10]&0x80 != 0 {
		n := 3 * (2 << (gif[10] & 7))
		gif[10] &^= 0x80
		gif = append(gif[:13], gif[13+n:]...)
	}
	if at := bytes.IndexByte(gif[13:], 0x2C) + 13; gif[at+9]&0x80 != 0 {
		n := 3 * (2 << (gif[at+9] & 7))
		gif[at+9] &^= 0x80
		gif = append(gif[:at+10], gif[at+10+n:]...)
	}
	return gif
}

// labProfile is a profile whose table has the device values for L, a and b.
func labProfile(space string) []byte {
	inputs := len(strings.TrimSpace(space)) // a letter each
	p := make([]byte, 128)
	copy(p[8:], "\x02\x00\x00\x00prtr"+space+"Lab ")
	copy(p[36:], "acsp")
	tag := make([]byte, 48)
	copy(tag, "mft1")
	tag[8], tag[9], tag[10] = byte(inputs), 3, 2
	line := func(n int) {
		for i := range 256 * n {
			tag = append(tag, byte(i))
		}
	}
	line(inputs)
	for i := range 1 << inputs {
		for c := range 3 {
			tag = append(tag, byte(64+128*(i>>(inputs-1-c)&1)))
		}
	}
	line(3)
	copy(p[68:], numbers(63190, 65536, 54061)) // D50
	copy(p, numbers(uint32(144+len(tag))))
	p = append(append(p, numbers(1)...), "A2B0"...)
	return append(append(p, numbers(144, uint32(len(tag)))...), tag...)
}
