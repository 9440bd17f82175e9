package main

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"smalti/pkg/browsertest"
	"smalti/pkg/heif/heiftest"
	"smalti/pkg/testenv"
)

// The photos of these stories are chosen, made small and sent by a real browser.
func TestOwnPhotosInABrowser(t *testing.T) {
	testenv.SkipSlow(t)
	t.Parallel()
	ctx := browsertest.Start(t, 1280, 900)
	data := t.TempDir()
	base := startSystem(t, "-data", data)
	for _, story := range []struct {
		name string
		tell func(*testing.T, context.Context, string, string)
	}{
		{"a camera's photo", storyOfACamera}, {"a zip file, a folder and what is no photo", storyOfAZip}, {"dropped files", storyOfDroppedFiles}, {"first things first", storyOfTheFirstUpload},
		{"a format that the browser does not know", storyOfHEIC}, {"without workers", storyWithoutWorkers}, {"without the script", storyWithoutTheScript},
	} {
		t.Run(story.name, func(t *testing.T) {
			steps(t, ctx, screen(1280, 900, "light"), chromedp.Navigate(base+"/?source=upload&size=postcard"))
			story.tell(t, ctx, base, data)
		})
	}
}

const (
	ready      = `document.querySelectorAll('.face:not([data-state])').length`
	refusals   = `[...document.querySelectorAll('#refused li')].map((li) => li.textContent)`
	namesShown = `[...document.querySelectorAll('.face')].map((face) => face.title)`
)

// putFiles writes files into a new folder.
func putFiles(t *testing.T, parts ...part) (dir string, paths []string) {
	t.Helper()
	dir = t.TempDir()
	for _, p := range parts {
		paths = append(paths, filepath.Join(dir, p.file))
		if err := os.WriteFile(paths[len(paths)-1], p.content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir, paths
}

// kept are the photos in the store, by the address that the page knows.
func kept(t *testing.T, data string) (files [][]byte) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(data, "store", "uploads", "*", "0*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		file, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	return files
}

// cameraJPEG is red on its left and blue on its right, lies on its side, is in Display P3, and says where it was taken.
func cameraJPEG(t *testing.T) []byte {
	t.Helper()
	img := image.NewNRGBA(image.Rect(0, 0, 1600, 1200))
	for y := range 1200 {
		for x := range 1600 {
			c := color.NRGBA{200, 100, 50, 255}
			if x >= 800 {
				c = color.NRGBA{20, 40, 160, 255}
			}
			img.SetNRGBA(x, y, c)
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	exif := []byte("Exif\x00\x00II*\x00\x08\x00\x00\x00\x01\x00\x12\x01\x03\x00\x01\x00\x00\x00\x06\x00\x00\x00\x00\x00\x00\x00GPS 52.5 N 13.4 E")
	out := []byte{0xFF, 0xD8}
	for _, s := range [][]byte{append([]byte{0xE1}, exif...), append([]byte("\xE2ICC_PROFILE\x00\x01\x01"), displayP3()...)} {
		out = append(binary.BigEndian.AppendUint16(append(out, 0xFF, s[0]), uint16(len(s)+1)), s[1:]...)
	}
	return append(out, b.Bytes()[2:]...)
}

// displayP3 is a profile (ICC.1) with the primaries of Display P3 under D50, and a gamma of 2.2.
func displayP3() []byte {
	number := func(b []byte, all ...float64) []byte {
		for _, v := range all {
			b = binary.BigEndian.AppendUint32(b, uint32(int32(v*65536+0.5)))
		}
		return b
	}
	var tags, data []byte
	add := func(name string, value []byte) {
		tags = append(tags, name...)
		tags = binary.BigEndian.AppendUint32(tags, uint32(128+4+6*12+len(data)))
		tags = binary.BigEndian.AppendUint32(tags, uint32(len(value)))
		data = append(data, value...)
	}
	for _, c := range []struct {
		name    string
		x, y, z float64
	}{{"r", 0.51512, 0.24120, -0.00105}, {"g", 0.29198, 0.69225, 0.04189}, {"b", 0.15710, 0.06657, 0.78407}} {
		add(c.name+"XYZ", number([]byte("XYZ \x00\x00\x00\x00"), c.x, c.y, c.z))
		add(c.name+"TRC", number([]byte("para\x00\x00\x00\x00\x00\x00\x00\x00"), 2.2))
	}
	p := make([]byte, 128)
	copy(p[8:], "\x04\x00\x00\x00mntrRGB XYZ ")
	copy(p[36:], "acsp")
	copy(p[68:], number(nil, 0.9642, 1, 0.8249)) // D50
	p = slices.Concat(p, binary.BigEndian.AppendUint32(nil, 6), tags, data)
	binary.BigEndian.PutUint32(p, uint32(len(p)))
	return p
}

func storyOfACamera(t *testing.T, ctx context.Context, base, data string) {
	me := part{file: "me.jpg", content: cameraJPEG(t)}
	_, files := putFiles(t, part{file: "Anna_Berg.jpg", content: cameraJPEG(t)}, part{file: "Ben.png", content: picture(t, 30, 20, color.NRGBA{1, 2, 3, 255})}, me)
	before := len(kept(t, data))
	steps(t, ctx, chromedp.SetUploadFiles("#photos", files[:1]))
	until(t, ctx, "the photo", ready+` === 1`)
	steps(t, ctx, chromedp.SetUploadFiles("#photos", files[1:2])) // is added
	until(t, ctx, "both photos", ready+` === 2`)
	screenshot(t, ctx, "photos")
	auditTree(t, ctx, "photos")
	sent := kept(t, data)[before:]
	i := slices.IndexFunc(sent, func(file []byte) bool { return bytes.HasPrefix(file, []byte{0xFF, 0xD8}) })
	if len(sent) != 2 || i < 0 {
		t.Fatalf("%d photos were sent, the JPEG is number %d", len(sent), i)
	}
	expectUprightSRGB(t, sent[i], 576, 768)
	if bytes.HasPrefix(sent[1-i], []byte{0xFF, 0xD8}) || len(sent[1-i]) > 200 {
		t.Errorf("a picture of %d bytes that would not become smaller was made one", len(sent[1-i]))
	}

	steps(t, ctx, chromedp.SetUploadFiles("#target", files[2:]), chromedp.WaitVisible("#crop-view"), choose("send"), chromedp.WaitVisible(preview))
	if plan := readPlan(t, base, shownID(t, ctx)); len(plan.Friends) != 2 || plan.Friends[0].Name != "Anna Berg" || plan.Columns >= plan.Rows*2 {
		t.Errorf("the mosaic is of %+v, %d x %d", plan.Friends, plan.Columns, plan.Rows)
	}
}

// expectUprightSRGB looks at a photo as of cameraJPEG.
func expectUprightSRGB(t *testing.T, file []byte, width, height int) {
	t.Helper()
	img, err := jpeg.Decode(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	if size := img.Bounds().Size(); size != image.Pt(width, height) {
		t.Errorf("it is %v, want %d x %d", size, width, height)
	}
	for y, want := range map[int]color.NRGBA{100: {215, 93, 31, 255}, 668: {0, 40, 165, 255}} {
		got := color.NRGBAModel.Convert(img.At(200, y)).(color.NRGBA)
		for _, d := range []int{int(got.R) - int(want.R), int(got.G) - int(want.G), int(got.B) - int(want.B)} {
			if max(d, -d) > 6 {
				t.Errorf("at %d it is %v, want %v", y, got, want)
				break
			}
		}
	}
	for _, trace := range []string{"Exif", "GPS"} {
		if bytes.Contains(file, []byte(trace)) {
			t.Errorf("there is still %s in it", trace)
		}
	}
}

func storyOfAZip(t *testing.T, ctx context.Context, _, _ string) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, content := range map[string][]byte{
		"us/Zoë.png": picture(t, 40, 30, color.Black), "us/Ben_Ash.png": picture(t, 900, 900, color.White), "__MACOSX/us/._Ben_Ash.png": {1}, "us/Ben_Ash.mov": {1}, "us/read me.txt": []byte("Dear Zoë"),
	} {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		w.Write(content)
	}
	z.Close()
	_, files := putFiles(t, part{file: "us.zip", content: b.Bytes()}, part{file: "broken.zip", content: []byte("PK\x03\x04 and so on")}, part{file: "song.mp3", content: []byte("ID3")})
	steps(t, ctx, chromedp.SetUploadFiles("#photos", files))
	until(t, ctx, "all faces and refusals", ready+` === 2 && `+refusals+`.length === 3`)
	folder, _ := putFiles(t, part{file: "Carla.png", content: picture(t, 30, 30, color.Black)}, part{file: ".hidden.png", content: picture(t, 30, 30, color.Black)})
	steps(t, ctx, chromedp.SetUploadFiles("#folder-photos", []string{folder}))
	until(t, ctx, "the folder", ready+` === 3`)
	if got := browsertest.Eval[[]string](t, ctx, namesShown+`.sort()`); !slices.Equal(got, []string{"Ben Ash", "Carla", "Zoë"}) {
		t.Errorf("faces %q", got)
	}
	got := browsertest.Eval[[]string](t, ctx, refusals+`.sort()`)
	if want := []string{"broken.zip The zip file is damaged", "song.mp3 This isn’t a photo.", "us/read me.txt This isn’t a photo."}; !slices.EqualFunc(got, want, strings.HasPrefix) {
		t.Errorf("refused %q, want %q", got, want)
	}
	if count := browsertest.Eval[string](t, ctx, `document.getElementById('count').textContent`); count != "3 people are in it. 3 files can’t be used." {
		t.Errorf("it says %q", count)
	}
	steps(t, ctx, screen(390, 844, "dark"))
	screenshot(t, ctx, "refused phone")
	steps(t, ctx, chromedp.Click("#refused li:nth-child(2) button"))
	until(t, ctx, "one to be removed on its own", refusals+`.length === 2`)
}

// drops lets go of a file over an element, and reports whether the page stays.
func drops(t *testing.T, ctx context.Context, selector, name string, content []byte) bool {
	t.Helper()
	bytes := strings.ReplaceAll(fmt.Sprintf("%d", content), " ", ",")
	return browsertest.Eval[bool](t, ctx, `(() => {
		const dataTransfer = new DataTransfer(), on = { dataTransfer, bubbles: true, cancelable: true }, at = document.querySelector(`+quoted(selector)+`);
		dataTransfer.items.add(new File([new Uint8Array(`+bytes+`)], `+quoted(name)+`));
		return !at.dispatchEvent(new DragEvent('dragover', on)) && !at.dispatchEvent(new DragEvent('drop', on));
	})()`)
}

// Files without a type are dropped on the target, beside the form, and on what takes no files; the page is never left for one.
func storyOfDroppedFiles(t *testing.T, ctx context.Context, _, _ string) {
	for i, at := range []string{"footer", ".hero", "#photos"} {
		if !drops(t, ctx, at, fmt.Sprintf("Friend_%d", i), picture(t, 20+i, 20, color.Black)) {
			t.Errorf("the page is left for a file that is dropped on %s", at)
		}
		until(t, ctx, "the file that was dropped on "+at, ready+fmt.Sprintf(` === %d`, i+1))
	}
	const target = `document.getElementById('target').files[0]?.name`
	for _, at := range []string{"#target", "#target-hint"} {
		if !drops(t, ctx, at, at, picture(t, 30, 20, color.White)) {
			t.Errorf("the page is left for a file that is dropped on %s", at)
		}
		until(t, ctx, "the target that was dropped on "+at, target+` === `+quoted(at))
	}
	steps(t, ctx, chromedp.WaitVisible("#crop-view"))
	if n := browsertest.Eval[int](t, ctx, ready); n != 3 {
		t.Errorf("%d photos, want 3", n)
	}
	drops(t, ctx, "#target", "song", []byte("ID3 and so on"))
	steps(t, ctx, chromedp.WaitVisible("#problem-target"))
}

// spy notes for each batch how many photos are still to be made small, and what is in it.
const spy = `(() => {
	window.batches = [];
	const { fetch } = window;
	window.fetch = async (address, options) => {
		if (address === '/api/v1/photos') {
			const left = document.querySelectorAll('[data-state=waiting], [data-state=shrinking]').length;
			window.batches.push({ left, files: options.body.getAll('photos') });
		}
		return fetch(address, options);
	};
	return true;
})()`

func storyOfTheFirstUpload(t *testing.T, ctx context.Context, _, _ string) {
	var parts []part
	for i := range 30 {
		parts = append(parts, part{file: fmt.Sprintf("Friend_%d.jpg", i), content: cameraJPEG(t)})
	}
	_, files := putFiles(t, parts...)
	browsertest.Eval[bool](t, ctx, spy)
	steps(t, ctx, chromedp.SetUploadFiles("#photos", files))
	until(t, ctx, "progress of single photos", `document.querySelectorAll('.face[data-state=shrinking]').length > 0 && /of 30 photos are ready/.test(document.getElementById('count').textContent)`)
	until(t, ctx, "all photos", ready+` === 30`)
	if left := browsertest.Eval[int](t, ctx, `window.batches[0].left`); left < 10 {
		t.Errorf("when the first photo was sent, %d of 30 were still to be made small", left)
	}
	if n := browsertest.Eval[int](t, ctx, `window.batches.length`); n > 6 {
		t.Errorf("30 small photos took %d requests", n)
	}
}

func storyOfHEIC(t *testing.T, ctx context.Context, _, _ string) {
	heic := heiftest.File("heic", []heiftest.Item{heiftest.HEVC()})
	_, files := putFiles(t, part{file: "Dora.heic", content: heic})
	browsertest.Eval[bool](t, ctx, spy)
	steps(t, ctx, chromedp.SetUploadFiles("#photos", files))
	until(t, ctx, "the answer", `window.batches.length === 1 && `+ready+` === 1`)
	if size := browsertest.Eval[int](t, ctx, `window.batches[0].files[0].size`); size != len(heic) {
		t.Errorf("%d bytes were sent of %d", size, len(heic))
	}
}

func storyWithoutWorkers(t *testing.T, ctx context.Context, _, data string) {
	_, files := putFiles(t, part{file: "Emil.jpg", content: cameraJPEG(t)})
	before := len(kept(t, data))
	browsertest.Eval[bool](t, ctx, `delete window.OffscreenCanvas && delete window.Worker`)
	steps(t, ctx, chromedp.SetUploadFiles("#photos", files))
	until(t, ctx, "the photo", ready+` === 1`)
	if sent := kept(t, data); len(sent) != before+1 {
		t.Errorf("%d photos were sent", len(sent)-before)
	}
}

// Where the script cannot be loaded, the form sends the files as they are.
func storyWithoutTheScript(t *testing.T, ctx context.Context, base, _ string) {
	block := func(patterns ...*network.BlockPattern) {
		t.Helper()
		if _, err := chromedp.Call(ctx, network.SetBlockedURLs, network.SetBlockedURLsParams{URLPatterns: patterns}); err != nil {
			t.Fatal(err)
		}
	}
	block(&network.BlockPattern{URLPattern: "*://*:*/static/*/own-faces.js", Block: true}, &network.BlockPattern{URLPattern: "*://*:*/static/*/shrinkers.js", Block: true})
	defer block()
	_, files := putFiles(t, append(photos(t, 3), part{file: "me.png", content: picture(t, 60, 60, color.NRGBA{180, 90, 40, 255})})...)
	steps(t, ctx, chromedp.SetUploadFiles("#photos", files[:3]), chromedp.SetUploadFiles("#target", files[3:]), chromedp.WaitVisible("#crop-view"))
	until(t, ctx, "the count", `document.getElementById('count').textContent === '3 files.'`)
	steps(t, ctx, choose("send"), chromedp.WaitVisible(preview))
	if plan := readPlan(t, base, shownID(t, ctx)); len(plan.Friends) != 3 {
		t.Errorf("friends %+v", plan.Friends)
	}
}
