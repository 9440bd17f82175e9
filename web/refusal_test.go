package main

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"smalti/pkg/job"
	"smalti/pkg/render"
)

// part is one field or file of a form.
type part struct {
	field, file string // no file: a plain field
	content     []byte
}

func plainField(field, value string) part { return part{field: field, content: []byte(value)} }

func form(t *testing.T, parts ...part) (contentType string, body *bytes.Buffer) {
	t.Helper()
	body = &bytes.Buffer{}
	w := multipart.NewWriter(body)
	for _, p := range parts {
		var dst io.Writer
		var err error
		if p.file == "" {
			dst, err = w.CreateFormField(p.field)
		} else {
			dst, err = w.CreateFormFile(p.field, p.file)
		}
		if err != nil {
			t.Fatal(err)
		}
		dst.Write(p.content)
	}
	w.Close()
	return w.FormDataContentType(), body
}

func postParts(t *testing.T, base string, parts ...part) (int, map[string]any) {
	t.Helper()
	contentType, body := form(t, parts...)
	code, v, _ := do(t, "POST", base+"/api/v1/mosaics", contentType, body)
	return code, v
}

// picture is a PNG in one colour.
func picture(t *testing.T, width, height int, c color.Color) []byte {
	t.Helper()
	img := image.NewPaletted(image.Rect(0, 0, width, height), color.Palette{c})
	var b bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// huge is a PNG of 100 megapixels, made once.
func huge(t *testing.T) []byte {
	hugeOnce.Do(func() { hugePicture = picture(t, 10_000, 10_000, color.Black) })
	return hugePicture
}

var (
	hugeOnce    sync.Once
	hugePicture []byte
)

func photos(t *testing.T, n int) (parts []part) {
	t.Helper()
	for i := range n {
		c := color.NRGBA{uint8(i * 37), uint8(255 - i*23), uint8(i * 91), 255}
		parts = append(parts, part{"photos", fmt.Sprintf("Friend_%d.png", i), picture(t, 40, 30, c)})
	}
	return parts
}

func TestUploadedPhotosBecomeAMosaic(t *testing.T) {
	t.Parallel()
	base := startSystem(t)
	parts := append([]part{plainField("source", "upload"), plainField("size", "postcard"), plainField("tint", "12"), plainField("everyone", "on"),
		{"target", "me.png", picture(t, 60, 80, color.NRGBA{200, 120, 40, 255})}}, photos(t, 6)...)
	code, v := postParts(t, base, parts...)
	if code != http.StatusAccepted {
		t.Fatalf("POST: %d %v", code, v)
	}
	expectDone(t, base, v["id"].(string), soon)
	plan := readPlan(t, base, v["id"].(string))
	if len(plan.Friends) != 6 || plan.Friends[0].Name != "Friend 0" || plan.Tint.Limit != 12 {
		t.Errorf("friends %+v, tint %+v", plan.Friends, plan.Tint)
	}
}

func TestZipOfPhotosBecomesAMosaic(t *testing.T) {
	t.Parallel()
	base := startSystem(t)
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i, p := range photos(t, 5) {
		w, _ := z.Create(fmt.Sprintf("holiday/%d-%s", i, p.file))
		w.Write(p.content)
	}
	w, _ := z.Create("holiday/notes.txt")
	w.Write([]byte("not a photo"))
	z.Close()
	code, v := postParts(t, base, plainField("source", "upload"), plainField("size", "postcard"),
		part{"target", "me.png", picture(t, 50, 50, color.White)}, part{"photos", "holiday.zip", b.Bytes()})
	if code != http.StatusAccepted {
		t.Fatalf("POST: %d %v", code, v)
	}
	expectDone(t, base, v["id"].(string), soon)
	if plan := readPlan(t, base, v["id"].(string)); len(plan.Friends) != 5 {
		t.Errorf("%d friends, want 5", len(plan.Friends))
	}
}

// toldBy is the code of a problem's message, and what it says.
func toldBy(problem map[string]any) string {
	says, _ := problem["says"].(map[string]any)
	return fmt.Sprint(says["code"], ": ", problem["detail"])
}

// Every wrong request has its own message, at once.
func TestRefusedRequests(t *testing.T) {
	t.Parallel()
	base := startSystem(t)
	target := part{"target", "me.png", picture(t, 50, 50, color.White)}
	upload := plainField("source", "upload")
	many := make([]job.Friend, 10_000)
	for i := range many {
		many[i] = job.Friend{ID: fmt.Sprint(i), Photo: fmt.Sprintf("demo:%d", i%300)}
	}
	manyJSON, _ := json.Marshal(many)
	for _, tc := range []struct {
		name  string
		json  string
		parts []part
		code  int
		field string
		says  string
	}{
		{name: "not JSON", json: "hello", code: 422, says: "package.not_json"},
		{name: "unknown field", json: `{"source":"demo","colour":"red"}`, code: 422, field: "colour", says: "package.unknown_field"},
		{name: "unknown option", json: `{"source":"demo","options":{"gloss":1}}`, code: 422, field: "options.gloss", says: "package.unknown_field"},
		{name: "unknown source", json: `{"source":"myspace"}`, code: 422, field: "source", says: "mastodon, bluesky"},
		{name: "unknown size", json: `{"source":"demo","size":"huge"}`, code: 422, field: "size", says: "postcard, poster or wall"},
		{name: "shape", json: `{"source":"demo","shape":"hexagon"}`, code: 422, field: "options.shape", says: "square, brick or detail"},
		{name: "bricks of 24", json: `{"source":"demo","shape":"brick","options":{"tile":24}}`, code: 422, field: "options.tile", says: "multiple of 16"},
		{name: "tint", json: `{"source":"demo","tint":-3}`, code: 422, field: "options.tint", says: "between 0 and 100"},
		{name: "too many cells", json: `{"source":"demo","options":{"columns":900,"rows":900,"tile":8}}`, code: 422, field: "options.columns", says: "810,000 cells"},
		{name: "10,000 friends", json: `{"source":"list","target":"demo:0","friends":` + string(manyJSON) + `}`, code: 422, field: "friends", says: "10,000 photos are too many"},
		{name: "one friend", json: `{"source":"list","target":"demo:0","friends":[{"id":"1","photo":"demo:1"}]}`, code: 422, field: "friends", says: "package.one_friend"},
		{name: "somebody else's upload", json: `{"source":"list","target":"upload:` + job.NewID() + `/target","friends":[]}`, code: 422, field: "target", says: "sent along"},
		{name: "one photo", parts: append([]part{upload, target}, photos(t, 1)...), code: 422, field: "photos", says: "package.one_friend"},
		{name: "no photos", parts: []part{upload, target}, code: 422, field: "photos", says: "package.no_friends"},
		{name: "no target", parts: append([]part{upload}, photos(t, 3)...), code: 422, field: "target", says: "field.target_needed"},
		{name: "target is no image", parts: append([]part{upload, {"target", "me.jpg", []byte("Dear diary, today I …")}}, photos(t, 3)...), code: 422, field: "target", says: "photo.unsupported.text"},
		{name: "100 megapixel target", parts: append([]part{upload, {"target", "me.png", huge(t)}}, photos(t, 3)...), code: 422, field: "target", says: "100 megapixels"},
		{name: "zip bomb", parts: []part{upload, target, {"photos", "bomb.zip", zipBomb(t)}}, code: 422, field: "photos", says: "zip"},
		{name: "target cut off", parts: append([]part{upload, {"target", "me.png", target.content[:len(target.content)-20]}}, photos(t, 3)...), code: 422, field: "target", says: "photo.broken"},
		{name: "empty target", parts: append([]part{upload, {"target", "me.jpg", nil}}, photos(t, 3)...), code: 422, field: "target", says: "photo.empty"},
		{name: "empty photos", parts: []part{upload, target, {"photos", "a.jpg", nil}, {"photos", "b.jpg", nil}}, code: 422, field: "photos", says: "We couldn’t use a.jpg. This file is empty."},
		{name: "not a form", json: "", code: 415, says: "multipart/form-data"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var code int
			var v map[string]any
			switch {
			case tc.parts != nil:
				code, v = postParts(t, base, tc.parts...)
			case tc.json != "":
				code, v, _ = ask(t, base, tc.json)
			default:
				code, v, _ = do(t, "POST", base+"/api/v1/mosaics", "text/plain", strings.NewReader("x"))
			}
			if told := toldBy(v); code != tc.code || !strings.Contains(told, tc.says) {
				t.Fatalf("%d %q, want %d and a message with %q", code, told, tc.code, tc.says)
			}
			if tc.field != "" && !slices.Contains(fieldsOf(v), tc.field) {
				t.Errorf("errors name %q, want %q", fieldsOf(v), tc.field)
			}
			if fields := slices.DeleteFunc(fieldsOf(v), func(f string) bool { return f == "photos" }); len(slices.Compact(slices.Sorted(slices.Values(fields)))) != len(fields) {
				t.Errorf("more than one sentence for a field with one value: %v", v["errors"])
			}
		})
	}
}

func fieldsOf(v map[string]any) (all []string) {
	list, _ := v["errors"].([]any)
	for _, e := range list {
		all = append(all, e.(map[string]any)["field"].(string))
	}
	return all
}

// zipBomb holds 128 megabytes of zeros that claim to be photos.
func zipBomb(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := range 4 {
		w, err := z.Create(fmt.Sprintf("%d.png", i))
		if err != nil {
			t.Fatal(err)
		}
		head := picture(t, 8, 8, color.Black)
		w.Write(head)
		zeros := make([]byte, 1<<20)
		for range 32 {
			w.Write(zeros)
		}
	}
	z.Close()
	return b.Bytes()
}

// What only the worker can find out ends in a failure with its own sentence, or in a mosaic that
// names whom it misses.
func TestJobsThatCannotSucceed(t *testing.T) {
	t.Parallel()
	base := startSystem(t, "-allow-private")
	gone := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(gone.Close)
	lost, _ := json.Marshal([]job.Friend{{ID: "1", Name: "A", Photo: gone.URL + "/a.jpg"}, {ID: "2", Name: "B", Photo: gone.URL + "/b.jpg"}})
	good := picture(t, 50, 50, color.White)
	cut := good[:60] // which has no pixels
	target := part{"target", "me.png", good}
	upload := plainField("source", "upload")
	postcard := plainField("size", "postcard")

	for _, tc := range []struct {
		name  string
		json  string
		parts []part
		code  job.Code
		says  string
	}{
		{name: "all photos gone", json: `{"source":"list","target":"demo:0","friends":` + string(lost) + `}`, code: job.NoPhotos, says: "any of the 2 photos. This is what was wrong"},
		{name: "target gone", json: `{"source":"list","target":"` + gone.URL + `/me.jpg","friends":[{"id":"1","photo":"demo:1"},{"id":"2","photo":"demo:2"}]}`, code: job.BadTarget, says: "We couldn’t use the picture to show."},
		{name: "no photo decodes", parts: []part{upload, postcard, target, {"photos", "a.png", cut}, {"photos", "b.png", cut}}, code: job.NoPhotos, says: "any of the 2 photos"},
		{name: "one photo left", parts: append([]part{upload, postcard, target, {"photos", "b.png", cut}}, photos(t, 1)...), code: job.NoPhotos, says: "only one of the 2 photos"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var code int
			var v map[string]any
			if tc.parts != nil {
				code, v = postParts(t, base, tc.parts...)
			} else {
				code, v, _ = ask(t, base, tc.json)
			}
			if code != http.StatusAccepted {
				t.Fatalf("POST: %d %v", code, v)
			}
			end := poll(t, base, v["id"].(string), soon)
			failure, _ := end["failure"].(map[string]any)
			if end["state"] != "failed" || failure["code"] != string(tc.code) || !strings.Contains(failure["message"].(string), tc.says) {
				t.Errorf("%v, want a failure %q with %q", end, tc.code, tc.says)
			}
		})
	}
}

func TestPhotosThatFailAreNamedAndCostNothingElse(t *testing.T) {
	t.Parallel()
	base := startSystem(t)
	good := picture(t, 50, 50, color.White)
	parts := append([]part{plainField("source", "upload"), plainField("size", "postcard"), {"target", "me.png", good},
		{"photos", "Cut_Off.png", good[:60]}, {"photos", "Huge.png", huge(t)},
		{"photos", "Letter.jpg", []byte("Dear friend, this is text.")}, {"photos", "Nothing.jpg", nil}}, photos(t, 3)...)
	code, v := postParts(t, base, parts...)
	if code != http.StatusAccepted {
		t.Fatalf("POST: %d %v", code, v)
	}
	id := v["id"].(string)
	expectDone(t, base, id, soon)
	plan := readPlan(t, base, id)
	if len(plan.Friends) != 3 {
		t.Errorf("%d friends, want 3", len(plan.Friends))
	}
	for name, says := range map[string]string{"Cut Off": "Less than half", "Huge.png": "100 megapixels", "Letter.jpg": "text", "Nothing.jpg": "empty"} {
		i := slices.IndexFunc(plan.Missing, func(m render.Missing) bool { return m.Name == name })
		if i < 0 || !strings.Contains(plan.Missing[i].Reason, says) {
			t.Errorf("missing: %+v; want %s with %q", plan.Missing, name, says)
		}
	}
}

// A queue that is as long as it may be refuses the next mosaic, and says when to try again.
func TestOnlySoManyMosaicsWait(t *testing.T) {
	base := startSystem(t, "-workers", "0", "-max-waiting", "2")
	for range 2 {
		accept(t, base, `{"source":"demo"}`)
	}
	if code, body, header := ask(t, base, `{"source":"demo"}`); code != http.StatusServiceUnavailable || header.Get("Retry-After") == "" {
		t.Errorf("the third was answered with %d %v, Retry-After %q", code, body, header.Get("Retry-After"))
	}
}
