package render

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"smalti/pkg/atomicfile"
	"smalti/pkg/counting"
	"smalti/pkg/job"
	"smalti/pkg/store"
)

// Folder is a Delivery into a local directory, for the local command. Each file is replaced atomically; manifest.json
// comes last.
type Folder struct {
	dir   string
	id    string
	files []store.File
}

// OpenFolder returns a delivery into dir, which it creates if necessary.
func OpenFolder(dir, id string) (*Folder, error) {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, fmt.Errorf("making the output directory: %w", err)
	}
	return &Folder{dir: dir, id: id}, nil
}

// Put implements [Delivery].
func (f *Folder) Put(ctx context.Context, name string, write func(io.Writer) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	sum, counted := sha256.New(), &counting.Writer{}
	err := atomicfile.Replace(filepath.Join(f.dir, name), 0o644, func(file *os.File) error {
		counted.Writer = io.MultiWriter(file, sum)
		buffered := bufio.NewWriterSize(counted, 256<<10)
		if err := write(buffered); err != nil {
			return err
		}
		return buffered.Flush()
	})
	if err != nil {
		return fmt.Errorf("writing %s: %w", name, err)
	}
	f.files = append(f.files, store.File{Name: name, Bytes: counted.Bytes, SHA256: hex.EncodeToString(sum.Sum(nil))})
	return nil
}

// Look implements [Delivery]: nobody waits.
func (f *Folder) Look(context.Context, job.Result) (string, error) { return "", nil }

// Commit implements [Delivery]: it writes the manifest.
func (f *Folder) Commit(ctx context.Context, result job.Result) error {
	m := store.Manifest{V: 1, ID: f.id, Created: time.Now().UTC(), Result: result, Files: f.files}
	return f.Put(ctx, manifestFile, func(w io.Writer) error {
		e := json.NewEncoder(w)
		e.SetIndent("", " ")
		return e.Encode(m)
	})
}
