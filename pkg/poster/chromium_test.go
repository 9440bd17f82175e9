package poster_test

import (
	"bytes"
	"fmt"
	"image/jpeg"
	"math"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/chromedp/chromedp"

	"smalti/pkg/browsertest"
	"smalti/pkg/poster"
	"smalti/pkg/testenv"
)

// A browser shows the same picture as image/jpeg: same size, and the same colours when both are
// averaged over areas that are larger than a chroma sample.
func TestChromiumShowsThePoster(t *testing.T) {
	testenv.SkipSlow(t)
	ctx := browsertest.Start(t, 800, 600)
	tiles := scenes(12, 32)
	grid := random(40, 26, len(tiles), 6)
	for _, sampling := range []poster.Subsampling{poster.S420, poster.S444} {
		data := write(t, tiles, grid, poster.Options{Tile: 32, Quality: 85, Subsampling: sampling})
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/poster.jpg" {
				w.Header().Set("Content-Type", "image/jpeg")
				w.Write(data)
				return
			}
			w.Header().Set("Content-Type", "text/html")
			fmt.Fprint(w, `<!doctype html><title>poster</title><img src="poster.jpg">`)
		}))
		if err := chromedp.Do(ctx, chromedp.Navigate(s.URL)); err != nil {
			t.Fatal(err)
		}
		// Mean R, G and B of each quarter of the picture, behind its size.
		got := browsertest.Eval[[]float64](t, ctx, `(async () => {
			const img = document.images[0]; await img.decode();
			const w = img.naturalWidth, h = img.naturalHeight, canvas = new OffscreenCanvas(w, h), c = canvas.getContext('2d');
			c.drawImage(img, 0, 0);
			const out = [w, h];
			for (const [x, y] of [[0, 0], [1, 0], [0, 1], [1, 1]]) {
				const d = c.getImageData(x * w / 2, y * Math.floor(h / 2), w / 2, Math.floor(h / 2)).data;
				const sum = [0, 0, 0];
				for (let i = 0; i < d.length; i += 4) for (let k = 0; k < 3; k++) sum[k] += d[i + k];
				out.push(...sum.map(s => s / (d.length / 4)));
			}
			return out;
		})()`)
		s.Close()
		want := quarters(t, data)
		for i := range want {
			if math.Abs(got[i]-want[i]) > 1 {
				t.Errorf("sampling %v, value %d: Chromium has %.2f, image/jpeg %.2f", sampling, i, got[i], want[i])
			}
		}
	}
}

func quarters(t *testing.T, data []byte) []float64 {
	t.Helper()
	img, err := jpeg.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	w, h := img.Bounds().Dx(), img.Bounds().Dy()
	out := []float64{float64(w), float64(h)}
	for _, corner := range [][2]int{{0, 0}, {1, 0}, {0, 1}, {1, 1}} {
		var sum [3]float64
		for y := range h / 2 {
			for x := range w / 2 {
				r, g, b, _ := img.At(corner[0]*w/2+x, corner[1]*(h/2)+y).RGBA()
				sum[0], sum[1], sum[2] = sum[0]+float64(r>>8), sum[1]+float64(g>>8), sum[2]+float64(b>>8)
			}
		}
		for _, s := range sum {
			out = append(out, s/float64(w/2*(h/2)))
		}
	}
	return out
}
