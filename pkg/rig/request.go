//go:build linux

package rig

import (
	"bytes"
	"encoding/json"
	"mime/multipart"
)

// Friend is one person of a request.
type Friend struct {
	ID    string `json:"id"`
	Name  string `json:"name,omitempty"`
	Photo string `json:"photo"` // an address
}

// ListRequest is the JSON of a request for a mosaic of friends whose photos are elsewhere. Options are
// single ones on top of the size's, by their names in JSON.
func ListRequest(size, target string, friends []Friend, options map[string]any) []byte {
	body, err := json.Marshal(map[string]any{
		"source": "list", "size": size, "target": target, "friends": friends, "options": options,
	})
	if err != nil {
		panic(err) // our own types
	}
	return body
}

// File is a photo that is sent along.
type File struct {
	Name string
	Data []byte
}

// UploadRequest is the form of a request for a mosaic of photos, or zip files of photos, that come with it,
// and its Content-Type. The same arguments give the same bytes.
func UploadRequest(size string, target []byte, photos []File) (kind string, body []byte) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	w.SetBoundary("a-boundary-that-is-in-no-photo-of-ours")
	w.WriteField("source", "upload")
	w.WriteField("size", size)
	for _, p := range photos {
		part, _ := w.CreateFormFile("photos", p.Name)
		part.Write(p.Data)
	}
	part, _ := w.CreateFormFile("target", "target.jpg")
	part.Write(target)
	w.Close() // writes to memory do not fail
	return w.FormDataContentType(), b.Bytes()
}
