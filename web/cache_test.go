package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image/color"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"smalti/pkg/job"
)

// The second mosaic of the same friends asks their servers for nothing, and is the same.
func TestKeptPhotosMakeTheSameMosaic(t *testing.T) {
	t.Parallel()
	var sent atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var n int
		if _, err := fmt.Sscanf(r.URL.Path, "/%d.png", &n); err != nil {
			http.NotFound(w, r)
			return
		}
		sent.Add(1)
		w.Header().Set("ETag", `"1"`)
		w.Write(picture(t, 90+n, 100, color.NRGBA{uint8(20 * n), uint8(255 - 9*n), 99, 255}))
	}))
	defer server.Close()
	list := make([]job.Friend, 12)
	for i := range list {
		list[i] = job.Friend{ID: fmt.Sprint(i), Name: fmt.Sprint("Friend ", i), Photo: fmt.Sprintf("%s/%d.png", server.URL, i)}
	}
	friends, err := json.Marshal(list)
	if err != nil {
		t.Fatal(err)
	}
	base := startSystem(t, "-allow-private")
	var posters [2][]byte
	for i := range posters {
		id := accept(t, base, `{"source":"list","size":"postcard","target":"demo:0","friends":`+string(friends)+`}`)
		expectDone(t, base, id, soon)
		var code int
		if code, posters[i], _ = get(t, base+"/files/"+id+"/poster.jpg"); code != http.StatusOK {
			t.Fatalf("poster: %d", code)
		}
	}
	if n := sent.Load(); n != 12 {
		t.Errorf("%d photos were sent for two mosaics, want 12", n)
	}
	if !bytes.Equal(posters[0], posters[1]) {
		t.Error("with kept photos it is another mosaic")
	}
}
