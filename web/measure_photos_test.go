package main

import (
	"bytes"
	"fmt"
	"image"
	"image/jpeg"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"smalti/pkg/browsertest"
)

// cameraPhotos are 12-megapixel JPEGs of about 6 MB: those in a folder, or made ones.
func cameraPhotos(t *testing.T, n int) (paths []string) {
	t.Helper()
	if dir := os.Getenv("SMALTI_TEST_CAMERA"); dir != "" {
		paths, err := filepath.Glob(filepath.Join(dir, "Friend_*.jpg"))
		if err != nil || len(paths) < n {
			t.Fatalf("%d photos, %v", len(paths), err)
		}
		return paths[:n]
	}
	dir := t.TempDir()
	var file []byte
	for i := range n {
		if i%20 == 0 {
			file = cameraPhoto(t, uint64(i))
		}
		paths = append(paths, filepath.Join(dir, fmt.Sprintf("Friend_%d.jpg", i)))
		if err := os.WriteFile(paths[i], file, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return paths
}

// cameraPhoto has soft shapes and the noise of a sensor.
func cameraPhoto(t *testing.T, seed uint64) []byte {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 1))
	img := image.NewNRGBA(image.Rect(0, 0, 4000, 3000))
	for y := range 3000 {
		for x := range 4000 {
			p := img.Pix[img.PixOffset(x, y):]
			noise := r.IntN(33) - 16
			p[0], p[1], p[2], p[3] = uint8(100+x/60+noise), uint8(60+y/40+noise), uint8(60+(x^y)>>6+noise), 255
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 94}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// What 200 camera photos cost until they are at the server.
func TestMeasureCameraPhotos(t *testing.T) {
	if os.Getenv("SMALTI_TEST_MEASURE") == "" {
		t.Skip("set SMALTI_TEST_MEASURE=1 to measure")
	}
	ctx := browsertest.Start(t, 1280, 900)
	data := t.TempDir()
	base := startSystem(t, "-data", data, "-workers", "0")
	files := cameraPhotos(t, 200)
	var before int64
	for _, f := range files {
		if info, err := os.Stat(f); err == nil {
			before += info.Size()
		}
	}
	steps(t, ctx, chromedp.Navigate(base+"/?source=upload"))
	browsertest.Eval[bool](t, ctx, `document.getElementById('photos').addEventListener('change', () => { window.chosenAt = performance.now(); }, { capture: true }), true`)
	start := time.Now()
	steps(t, ctx, chromedp.SetUploadFiles("#photos", files))
	for deadline := time.Now().Add(4 * time.Minute); !browsertest.Eval[bool](t, ctx, `document.querySelectorAll('.face:not([data-state])').length === 200`); {
		if time.Now().After(deadline) {
			t.Fatal(browsertest.Eval[string](t, ctx, `document.getElementById('count').textContent`))
		}
		time.Sleep(200 * time.Millisecond)
	}
	took := time.Since(start)
	first := browsertest.Eval[float64](t, ctx, `performance.getEntriesByType('resource').filter(({ name }) => name.endsWith('/api/v1/photos'))[0].startTime - window.chosenAt`)
	requests := browsertest.Eval[int](t, ctx, `performance.getEntriesByType('resource').filter(({ name }) => name.endsWith('/api/v1/photos')).length`)
	var after int64
	err := filepath.WalkDir(filepath.Join(data, "store", "uploads"), func(_ string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			var info fs.FileInfo
			if info, err = d.Info(); err == nil {
				after += info.Size()
			}
		}
		return err
	})
	t.Logf("%.0f MB became %.1f MB in %v, in %d requests, the first %.0f ms after choosing; %v", float64(before)/1e6, float64(after)/1e6, took.Round(time.Second), requests, first, err)
}
