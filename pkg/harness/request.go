//go:build linux

package harness

import (
	"bytes"
	"encoding/json"
	"io"
	"mime/multipart"
	"time"
)

// Request is a request for a mosaic.
type Request struct {
	Key      string // idempotency key; may be empty
	Type     string // Content-Type
	Body     []byte
	SendTime time.Duration // how long sending the body takes, at least
}

// Friend is a person in a request.
type Friend struct {
	ID    string `json:"id"`
	Name  string `json:"name,omitempty"`
	Photo string `json:"photo"` // an address
}

// ListRequest asks for a mosaic of friends whose photos are elsewhere. Options are named as in JSON, and
// replace those that the size implies.
func ListRequest(size, target string, friends []Friend, options map[string]any) Request {
	body, err := json.Marshal(map[string]any{
		"source": "list", "size": size, "target": target, "friends": friends, "options": options,
	})
	if err != nil {
		panic(err) // our own types
	}
	return Request{Type: "application/json", Body: body}
}

// File is an uploaded file.
type File struct {
	Name string
	Data []byte
}

// UploadRequest asks for a mosaic of uploaded photos, or zip files of photos. The same arguments give the
// same bytes.
func UploadRequest(size string, target []byte, photos []File) Request {
	var b bytes.Buffer
	w := multipart.NewWriter(&b) // writing to memory does not fail
	_ = w.SetBoundary("a-boundary-that-is-in-no-photo-of-ours")
	_ = w.WriteField("source", "upload")
	_ = w.WriteField("size", size)
	for _, p := range photos {
		part, _ := w.CreateFormFile("photos", p.Name)
		_, _ = part.Write(p.Data)
	}
	part, _ := w.CreateFormFile("target", "target.jpg")
	_, _ = part.Write(target)
	_ = w.Close()
	return Request{Type: w.FormDataContentType(), Body: b.Bytes()}
}

// slowReader reads data in about eight pieces with a pause before each.
type slowReader struct {
	data  []byte
	piece int
	pause time.Duration
}

func (r Request) reader() io.Reader {
	if r.SendTime == 0 {
		return bytes.NewReader(r.Body)
	}
	return &slowReader{r.Body, len(r.Body)/8 + 1, r.SendTime / 8}
}

func (s *slowReader) Read(p []byte) (int, error) {
	if len(s.data) == 0 {
		return 0, io.EOF
	}
	time.Sleep(s.pause)
	n := copy(p, s.data[:min(s.piece, len(s.data))])
	s.data = s.data[n:]
	return n, nil
}
