package friends_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"strings"
	"testing"

	"smalti/pkg/friends"
)

// packed is an internet that answers everything in one encoding.
type packed struct {
	coding string
	body   []byte
	asked  *string
}

func (p packed) RoundTrip(r *http.Request) (*http.Response, error) {
	*p.asked = r.Header.Get("Accept-Encoding")
	h := http.Header{"Content-Type": {"application/json"}, "Content-Encoding": {p.coding}}
	return &http.Response{StatusCode: http.StatusOK, Header: h, Body: io.NopCloser(bytes.NewReader(p.body)), Request: r}, nil
}

// Answers may be packed by gzip, as is asked for, or not at all. Anything else is refused by its name, and what becomes
// too large is not unpacked.
func TestPackedAnswers(t *testing.T) {
	pack := func(data []byte) []byte {
		var b bytes.Buffer
		w := gzip.NewWriter(&b)
		w.Write(data)
		w.Close()
		return b.Bytes()
	}
	anna := []byte(`{"login":"anna","id":1,"avatar_url":"https://a.example/u/1","html_url":"https://github.com/anna"}`)
	good := pack(anna)
	damaged := bytes.Clone(good)
	damaged[len(damaged)-6]++ // the checksum
	for name, tc := range map[string]struct {
		coding string
		body   []byte
		kind   friends.Kind // of the error
		cause  string
	}{
		"gzip":               {"gzip", good, "", ""},
		"gzip in capitals":   {"X-GZIP", good, "", ""},
		"gzip that is none":  {"gzip", anna, "", ""},
		"none, by name":      {"identity", anna, "", ""},
		"none":               {"", anna, "", ""},
		"br":                 {"br", anna, friends.Broken, `not asked for: "br"`},
		"gzip twice":         {"gzip, gzip", pack(good), friends.Broken, `not asked for: "gzip, gzip"`},
		"a gzip bomb":        {"gzip", pack(make([]byte, 8<<20)), friends.Broken, "more than"},
		"damaged":            {"gzip", damaged, friends.Broken, "checksum"},
		"ends too early":     {"gzip", good[:len(good)/2], friends.Unreachable, "EOF"},
		"too long, not gzip": {"", make([]byte, 5<<20), friends.Broken, "more than"},
	} {
		t.Run(name, func(t *testing.T) {
			var asked string
			var gitHub friends.Source
			for _, s := range friends.Networks(friends.Config{Transport: packed{tc.coding, tc.body, &asked}}) {
				if s.Name() == "github" {
					gitHub = s
				}
			}
			who, err := gitHub.Find(t.Context(), "anna")
			if asked != "gzip" {
				t.Errorf("it asked for %q", asked)
			}
			if tc.kind == "" {
				if err != nil || who.Handle != "@anna" {
					t.Errorf("%+v, %v", who, err)
				}
				return
			}
			if friends.KindOf(err) != tc.kind || !strings.Contains(err.Error(), tc.cause) {
				t.Errorf("%v, want %s because of %q", err, tc.kind, tc.cause)
			}
		})
	}
}
