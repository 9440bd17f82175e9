package main

import (
	"encoding/json"
	"fmt"
	"image/color"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"smalti/pkg/job"
	"smalti/pkg/redisconn/redistest"
	"smalti/pkg/testenv"
	"smalti/web/internal/intake"
)

// sendAhead sends photos before their mosaic is asked for.
func sendAhead(t *testing.T, base string, parts ...part) (a intake.Ahead) {
	t.Helper()
	contentType, body := form(t, parts...)
	code, v, _ := do(t, "POST", base+"/api/v1/photos", contentType, body, "Accept-Language", "de")
	data, err := json.Marshal(v)
	if err == nil {
		err = json.Unmarshal(data, &a)
	}
	if code != http.StatusCreated || err != nil || len(a.Files) != len(parts) {
		t.Fatalf("sending photos ahead: %d %v, %v", code, v, err)
	}
	return a
}

// friendsOf are the photos of batches as the friends of a form.
func friendsOf(t *testing.T, batches ...intake.Ahead) part {
	t.Helper()
	var all []job.Friend
	for _, a := range batches {
		for _, f := range a.Files {
			for _, p := range f.Photos {
				all = append(all, job.Friend{Name: p.Name, Photo: p.Photo})
			}
		}
	}
	data, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	return plainField("friends", string(data))
}

// Photos that were sent in two batches are friends of one request, in its order.
func TestPhotosSentAheadBecomeAMosaic(t *testing.T) {
	t.Parallel()
	redis := redistest.Start(t)
	data := t.TempDir()
	one := startSystem(t, "-redis", redis.URL(), "-redis-password-file", writeSecret(t, redis.Password), "-workers", "1", "-data", data,
		"-store-listen", "127.0.0.1:0", "-store-password-file", writeSecret(t, "a password of tests"))
	some := append(photos(t, 4), part{"photos", "notes.txt", []byte("Dear Zoë")})
	a, b := sendAhead(t, one, some[:2]...), sendAhead(t, one, some[2:]...)
	if r := b.Files[2].Refused; len(b.Files[2].Photos) != 0 || len(r) != 1 || r[0].Name != "notes.txt" || !strings.Contains(r[0].Text, "Text") {
		t.Errorf("what is no photo: %+v", b.Files[2])
	}
	wanted := []part{plainField("source", "upload"), plainField("size", "postcard"), friendsOf(t, b, a), plainField("leave_out", "0002"), {"target", "me.png", picture(t, 60, 80, color.White)}}
	code, v := postParts(t, one, wanted...)
	if code != http.StatusAccepted {
		t.Fatalf("%d %v", code, v)
	}
	expectDone(t, one, v["id"].(string), soon)
	plan := readPlan(t, one, v["id"].(string))
	if len(plan.Friends) != 3 || plan.Friends[0].Name != "Friend 2" || plan.Friends[1].ID != "0003" || plan.Friends[1].Name != "Friend 0" {
		t.Errorf("friends %+v", plan.Friends)
	}
	testenv.WaitFor(t, "the photos to be removed", func() bool {
		left, err := filepath.Glob(filepath.Join(data, "store", "uploads", "*"))
		return err == nil && len(left) == 0
	})

	// They are gone now, and nobody else's photos can be named.
	for name, parts := range map[string][]part{"photos_gone": wanted, "photo_ahead": {plainField("source", "upload"), plainField("friends", `[{"photo":"https://example.org/a.png"},{"photo":"demo:1"}]`), wanted[4]}} {
		if code, v := postParts(t, one, parts...); code != http.StatusUnprocessableEntity || !strings.HasPrefix(toldBy(v), "field."+name+":") {
			t.Errorf("%s: %d %s", name, code, toldBy(v))
		}
	}
}

// Photos belong to one mosaic; one that was refused leaves them to the next.
func TestPhotosSentAheadBelongToOneMosaic(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	base := startSystem(t, "-data", data, "-workers", "0", "-max-waiting", "1")
	a := sendAhead(t, base, photos(t, 3)...)
	wanted := []part{plainField("source", "upload"), friendsOf(t, a), {"target", "me.png", picture(t, 60, 80, color.White)}}
	accept(t, base, `{"source":"demo"}`)
	if code, v := postParts(t, base, wanted...); code != http.StatusServiceUnavailable {
		t.Fatalf("with a full queue: %d %v", code, v)
	}
	if marks := uploadMarks(t, data); len(marks) != 1 || marks[0] != "" {
		t.Errorf("after the refusal they belong to %q", marks)
	}
}

// uploadMarks are the ids of the mosaics that batches in the store are for.
func uploadMarks(t *testing.T, data string) (ids []string) {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(data, "store", "uploads", "*", "job"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range found {
		id, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, string(id))
	}
	return ids
}

func TestPhotosOfAnotherMosaicAreNotTaken(t *testing.T) {
	t.Parallel()
	base := startSystem(t, "-workers", "0")
	wanted := []part{plainField("key", "0123456789abcdef0123"), plainField("source", "upload"), friendsOf(t, sendAhead(t, base, photos(t, 3)...)), {"target", "me.png", picture(t, 60, 80, color.White)}}
	var first string
	for range 2 { // the second is the same request
		code, v := postParts(t, base, wanted...)
		id, _ := v["id"].(string)
		if code != http.StatusAccepted || first != "" && id != first {
			t.Fatalf("%d %v, first %s", code, v, first)
		}
		first = id
	}
	if code, v := postParts(t, base, wanted[1:]...); code != http.StatusUnprocessableEntity || !strings.HasPrefix(toldBy(v), "field.photos_used:") {
		t.Errorf("a second mosaic of the same photos: %d %s", code, toldBy(v))
	}
}

// Without scripts, the form says of every file at once why it cannot be taken.
func TestTheFormNamesEveryRefusedFile(t *testing.T) {
	t.Parallel()
	base := startSystem(t, "-workers", "0")
	parts := []part{plainField("source", "upload"), {"target", "me.png", picture(t, 60, 80, color.White)}, {"photos", "huge.png", huge(t)}, {"photos", "broken.zip", []byte("PK\x03\x04")}}
	for i := range 90 {
		parts = append(parts, part{"photos", fmt.Sprintf("letter %d.txt", i), []byte("Dear Zoë")})
	}
	contentType, body := form(t, parts...)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, base+"/mosaics?lang=de", body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", contentType)
	req.Header.Set("Accept", "text/html")
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	page, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusUnprocessableEntity || !containsAll(page, "broken.zip konnten wir nicht verwenden. Die Zip-Datei ist beschädigt",
		"huge.png konnten wir nicht verwenden. ", "100 Megapixel", "letter 0.txt konnten", "letter 78.txt konnten", "11 weitere Dateien konnten wir nicht verwenden.") {
		t.Errorf("%d, %v:\n%s", res.StatusCode, err, page)
	}
	if len(page) > 64<<10 {
		t.Errorf("the page has %d bytes", len(page))
	}
}
