package intake

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"smalti/pkg/message"
)

// wantTold expects an error that a person can be told, and that is short.
func wantTold(t *testing.T, err error) {
	t.Helper()
	if _, ok := message.Of(err); !ok || len(err.Error()) > 32<<10 {
		t.Errorf("no short message for %.200v", err)
	}
}

func FuzzJSONIntake(f *testing.F) {
	f.Add([]byte(`{"source":"list","target":"demo:17","friends":[{"id":"0","name":"Friend 0","photo":"demo:1"}],"options":{"columns":12,"rows":12,"tile":16}}`))
	f.Add([]byte(`{"source":"list","target":"demo:1","friends":[{"id":"1","name":"Z\u00f6e","photo":"demo:1"},null],"options":{"tile":64},"tint":1e300,"everyone":null}`))
	f.Add([]byte(`{"FRIENDS":null,"leave_out":["a","b"],"links":"https://example.org/a.jpg\n"}{}`))
	f.Add([]byte("{\"\xff\":1}"))
	f.Add([]byte(`[[[[[[[[[[[[[[[[[[[[`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var q, again Request
		if err := q.decode(bytes.NewReader(data)); err != nil {
			wantTold(t, err)
			return
		}
		written, err := json.Marshal(q)
		if err != nil {
			t.Fatal(err)
		}
		if err := again.decode(bytes.NewReader(written)); err != nil {
			t.Fatalf("%s was written as %s: %v", data, written, err)
		}
		if q.fingerprint(nil) != again.fingerprint(nil) {
			t.Errorf("%s and %s count as two requests", data, written)
		}
	})
}

func FuzzFormIntake(f *testing.F) {
	for _, parts := range [][]string{
		{partOf("source", "demo"), partOf("key", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"), partOf("tint", "x")},
		{fileOf("photos", "a.png", "x"), partOf("leave_out", "1\r\n2\n\n3"), partOf("everyone", "on")},
		{"Content-Disposition: form-data\r\n\r\n", "\r\n", partOf("\xff", "\xff")},
	} {
		f.Add(formOf(parts))
	}
	f.Add([]byte("--b\r\nContent-Disposition: form-data; name*=utf-8''%ff\r\n\r\n--b--"))
	f.Fuzz(func(t *testing.T, data []byte) {
		r := httptest.NewRequest(http.MethodPost, "/mosaics", bytes.NewReader(data))
		r.Header.Set("Content-Type", "multipart/form-data; boundary=b")
		form, err := newFormReader(r)
		if err != nil {
			t.Fatal(err)
		}
		in := &submission{sender: r}
		for n := 0; ; n++ {
			part, err := form.next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err == nil {
				err = in.plain(form, part.FormName(), part)
			} else {
				err = brokenBody(err)
			}
			if err != nil {
				wantTold(t, err)
				return
			}
			if n > maxFields || len(in.bad) > 20 || form.length > maxText {
				t.Fatalf("%d fields, %d mistakes, %d bytes", n, len(in.bad), form.length)
			}
		}
		if len(in.bad) > 0 {
			wantTold(t, in.bad)
		}
		if v := in.values(); len(v.Handle) > maxField || strings.Contains(v.Size, "<") {
			t.Errorf("shown again: %+v", v)
		}
	})
}

func partOf(name, value string) string {
	return "Content-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value
}

func fileOf(name, file, content string) string {
	return "Content-Disposition: form-data; name=\"" + name + "\"; filename=\"" + file + "\"\r\n\r\n" + content
}

// formOf is a form of these parts.
func formOf(parts []string) []byte {
	var b bytes.Buffer
	for _, p := range parts {
		b.WriteString("\r\n--b\r\n" + p)
	}
	b.WriteString("\r\n--b--\r\n")
	return b.Bytes()
}
