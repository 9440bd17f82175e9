package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image/jpeg"
	"net/http"
	"net/http/cookiejar"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"smalti/pkg/job"
	"smalti/pkg/render"
	"smalti/web/internal/client"
	"smalti/web/internal/intake"
)

// small asks for a mosaic that takes no time to speak of.
var small = func() string {
	var friends []job.Friend
	for i := range 12 {
		friends = append(friends, job.Friend{ID: fmt.Sprint(i), Name: fmt.Sprint("Friend ", i), Photo: fmt.Sprintf("demo:%d", i+1)})
	}
	list, _ := json.Marshal(friends)
	return fmt.Sprintf(`{"source":"list","target":"demo:17","friends":%s,"options":{"columns":12,"rows":12,"tile":16}}`, list)
}()

// soon is how long a small mosaic may take on a machine that is busy with other tests.
const soon = 3 * time.Minute

func TestDemoMosaicFromRequestToFiles(t *testing.T) {
	t.Parallel()
	base := startSystem(t)
	code, v, header := ask(t, base, `{"source":"demo","size":"postcard"}`)
	id, _ := v["id"].(string)
	if code != http.StatusAccepted || header.Get("Location") != "/api/v1/mosaics/"+id || v["url"] != "/m/"+id {
		t.Fatalf("POST: %d %v, Location %q", code, v, header.Get("Location"))
	}
	done := expectDone(t, base, id, soon)
	result := done["result"].(map[string]any)
	if result["columns"] != 80.0 || result["width"] != 1920.0 || result["friends"] != 300.0 || result["missing"] != 0.0 {
		t.Errorf("result: %v", result)
	}

	_, poster, header := get(t, base+"/files/"+id+"/poster.jpg")
	c, err := jpeg.DecodeConfig(bytes.NewReader(poster))
	if err != nil || c.Width != 1920 || c.Height != int(result["height"].(float64)) {
		t.Errorf("poster: %+v, %v", c, err)
	}
	if header.Get("Content-Type") != "image/jpeg" || !strings.Contains(header.Get("Cache-Control"), "immutable") || header.Get("X-Robots-Tag") != "noindex" {
		t.Errorf("poster's header: %v", header)
	}
	tag := header.Get("ETag")
	if code, _, _ := get(t, base+"/files/"+id+"/poster.jpg", "If-None-Match", tag); code != http.StatusNotModified {
		t.Errorf("with its ETag: %d, want 304", code)
	}
	code, part, _ := get(t, base+"/files/"+id+"/poster.jpg", "Range", "bytes=10-19")
	if code != http.StatusPartialContent || !bytes.Equal(part, poster[10:20]) {
		t.Errorf("range: %d, %x, want 206 and %x", code, part, poster[10:20])
	}

	plan := readPlan(t, base, id)
	if len(plan.Cells) != plan.Columns*plan.Rows || len(plan.Friends) != 300 {
		t.Errorf("plan has %d cells and %d friends", len(plan.Cells), len(plan.Friends))
	}
	for _, f := range plan.Friends {
		if f.Uses == 0 {
			t.Errorf("%s is not in the mosaic", f.Name)
		}
	}
	for _, name := range plan.Atlas.Files {
		if code, data, _ := get(t, base+"/files/"+id+"/"+name); code != 200 || len(data) == 0 {
			t.Errorf("%s: %d with %d bytes", name, code, len(data))
		}
	}
}

func readPlan(t *testing.T, base, id string) (plan render.Plan) {
	t.Helper()
	_, data, _ := get(t, base+"/files/"+id+"/plan.json")
	if err := json.Unmarshal(data, &plan); err != nil {
		t.Fatal(err)
	}
	return plan
}

func TestSameRequestGivesTheSameBytes(t *testing.T) {
	t.Parallel()
	base := startSystem(t)
	var posters [2][]byte
	for i := range posters {
		id := accept(t, base, small)
		expectDone(t, base, id, soon)
		_, posters[i], _ = get(t, base+"/files/"+id+"/poster.jpg")
	}
	if !bytes.Equal(posters[0], posters[1]) {
		t.Error("two mosaics of the same package differ")
	}
}

func TestDoubleClickIsOneMosaic(t *testing.T) {
	t.Parallel()
	base := startSystem(t)
	const key = "a-key-of-a-double-click"
	first := accept(t, base, small, "Idempotency-Key", key, "Cookie", client.OwnerCookie+"="+job.NewID())
	cookie := client.OwnerCookie + "=" + job.NewID()
	second := accept(t, base, small, "Idempotency-Key", key, "Cookie", cookie)
	third := accept(t, base, small, "Idempotency-Key", key, "Cookie", cookie)
	if second != third {
		t.Errorf("the same key gave %s and %s", second, third)
	}
	if first == second {
		t.Error("two makers share a mosaic because they share a key")
	}
	if code, v, _ := ask(t, base, small, "Idempotency-Key", "short"); code != http.StatusBadRequest {
		t.Errorf("a short key: %d %v", code, v)
	}
}

func TestOnlyItsOwnerDeletesAMosaic(t *testing.T) {
	t.Parallel()
	base := startSystem(t)
	jar, _ := cookiejar.New(nil)
	mine := &http.Client{Jar: jar}
	res, err := mine.Post(base+"/api/v1/mosaics", "application/json", strings.NewReader(small))
	if err != nil {
		t.Fatal(err)
	}
	var v intake.Accepted
	if err := json.NewDecoder(res.Body).Decode(&v); err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	expectDone(t, base, v.ID, soon)

	url := base + "/api/v1/mosaics/" + v.ID
	if code, _, _ := do(t, "DELETE", url, "", nil); code != http.StatusForbidden {
		t.Errorf("a stranger's DELETE: %d, want 403", code)
	}
	req, _ := http.NewRequest(http.MethodDelete, url, nil)
	if res, err = mine.Do(req); err != nil || res.StatusCode != http.StatusNoContent {
		t.Fatalf("the maker's DELETE: %v, %v", res.Status, err)
	}
	for _, path := range []string{"/api/v1/mosaics/" + v.ID, "/files/" + v.ID + "/poster.jpg", "/m/" + v.ID} {
		if code, _, _ := get(t, base+path); code != http.StatusGone {
			t.Errorf("%s after the deletion: %d, want 410", path, code)
		}
	}
}

func TestPollSaysNothingNewWith304(t *testing.T) {
	t.Parallel()
	base := startSystem(t)
	id := accept(t, base, small)
	expectDone(t, base, id, soon)
	url := base + "/api/v1/mosaics/" + id
	_, body, header := get(t, url)
	if code, _, _ := get(t, url, "If-None-Match", header.Get("ETag")); code != http.StatusNotModified {
		t.Errorf("poll with the ETag: %d, want 304", code)
	}
	if bytes.Contains(body, []byte("maker")) {
		t.Errorf("the poll tells who made it: %s", body)
	}
}

func TestUnknownMosaics(t *testing.T) {
	t.Parallel()
	base := startSystem(t)
	for _, id := range []string{job.NewID(), "no-id", "a%20b"} {
		code, v, header := do(t, "GET", base+"/api/v1/mosaics/"+id, "", nil)
		if code != http.StatusNotFound || header.Get("Content-Type") != "application/problem+json" || v["detail"] == "" {
			t.Errorf("GET %s: %d %v", id, code, v)
		}
		if code, _, _ := get(t, base+"/files/"+id+"/poster.jpg"); code != http.StatusNotFound {
			t.Errorf("GET file of %s: %d", id, code)
		}
	}
	code, page, header := get(t, base+"/m/"+job.NewID(), "Accept", "text/html")
	if code != http.StatusNotFound || !strings.HasPrefix(header.Get("Content-Type"), "text/html") ||
		!bytes.Contains(page, []byte("There is no mosaic at this address")) {
		t.Errorf("page: %d %s", code, page)
	}
}

func TestRequestsFromOtherSitesAreRefused(t *testing.T) {
	t.Parallel()
	base := startSystem(t)
	code, v, _ := ask(t, base, small, "Origin", "https://elsewhere.example", "Sec-Fetch-Site", "cross-site")
	if code != http.StatusForbidden || v["detail"] == "" {
		t.Errorf("got %d %v, want 403", code, v)
	}
}

func TestWithoutAJournalNothingIsAccepted(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	base := startSystem(t, "-data", data)
	if err := os.RemoveAll(filepath.Join(data, "journal", "open")); err != nil {
		t.Fatal(err)
	}
	code, v, header := ask(t, base, small)
	if code != http.StatusServiceUnavailable || header.Get("Retry-After") == "" || v["detail"] == "" {
		t.Errorf("got %d %v, want 503 with Retry-After", code, v)
	}
}

func TestHealth(t *testing.T) {
	t.Parallel()
	base := startSystem(t)
	for _, path := range []string{"/healthz", "/readyz"} {
		if code, v, _ := do(t, "GET", base+path, "", nil); code != http.StatusOK {
			t.Errorf("%s: %d %v", path, code, v)
		}
	}
}

func TestFriendsByAddress(t *testing.T) {
	t.Parallel()
	base := startSystem(t)
	id := accept(t, base, small)
	expectDone(t, base, id, soon)
	if plan := readPlan(t, base, id); len(plan.Friends) != 12 || plan.Friends[2].Name != "Friend 2" {
		t.Errorf("friends: %+v", plan.Friends)
	}
}
