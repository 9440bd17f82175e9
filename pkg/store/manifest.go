package store

import (
	"time"

	"smalti/pkg/job"
)

// Manifest describes a finished mosaic. It is the last file that a delivery writes.
type Manifest struct {
	V       int        `json:"v"`
	ID      string     `json:"id"`
	Created time.Time  `json:"created"`
	Result  job.Result `json:"result"`
	Files   []File     `json:"files"` // without the manifest itself, by name
}

// File is one file of a finished mosaic.
type File struct {
	Name   string `json:"name"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"` // 64 digits of lower-case hex
}

// File finds a file by its name.
func (m *Manifest) File(name string) (File, bool) {
	for _, f := range m.Files {
		if f.Name == name {
			return f, true
		}
	}
	return File{}, false
}

// Ends is when the mosaic expires; zero if the manifest does not say.
func (m *Manifest) Ends() time.Time { return m.Result.Ends(m.Created) }

// Expired reports whether the files are no longer shown, so that they may be missing.
func (m *Manifest) Expired() bool {
	ends := m.Ends()
	return !ends.IsZero() && time.Now().After(ends)
}
