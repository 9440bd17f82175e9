package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"strings"
	"sync"
	"time"
)

const maxSums = 4_096 // files; whatever is forgotten is read again

// sums are the SHA-256 of files under incoming, taken while they came in, so that nobody has to read
// a large poster again to know it.
type sums struct {
	mu sync.Mutex
	of map[string]*fileSum
}

// fileSum is the hash of a file's first bytes; it can be gone on with.
type fileSum struct {
	hash     hash.Hash
	bytes    int64
	modified time.Time
}

// begin takes the sum of a file that is about to be written from a byte on; nil where that cannot be
// known without reading.
func (s *sums) begin(rel string, from int64) *fileSum {
	s.mu.Lock()
	defer s.mu.Unlock()
	known := s.of[rel]
	delete(s.of, rel)
	switch {
	case from == 0:
		return &fileSum{hash: sha256.New()}
	case known != nil && known.bytes == from:
		return known
	}
	return nil
}

func (s *sums) keep(rel string, sum *fileSum, info os.FileInfo) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.of) >= maxSums {
		clear(s.of)
	}
	sum.modified = info.ModTime()
	s.of[rel] = sum
}

// known returns the hash of a file that is as it was left.
func (s *sums) known(rel string, info os.FileInfo) (string, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sum := s.of[rel]
	if sum == nil || sum.bytes != info.Size() || !sum.modified.Equal(info.ModTime()) {
		return "", false
	}
	return hex.EncodeToString(sum.hash.Sum(nil)), true
}

// forget drops what lies at a path or below it.
func (s *sums) forget(rel string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for path := range s.of {
		if path == rel || strings.HasPrefix(path, rel+"/") {
			delete(s.of, path)
		}
	}
}

// summed writes to a file and sums up what got there.
type summed struct {
	io.Writer
	sum *fileSum
}

func (w summed) Write(p []byte) (int, error) {
	n, err := w.Writer.Write(p)
	w.sum.bytes += int64(n)
	w.sum.hash.Write(p[:n])
	return n, err
}

// SHA256 is the hash of a file, as it came in or, if that is not known any more, as it is read.
func (f *fileSystem) SHA256(ctx context.Context, name string) (string, error) {
	at, err := parseClientPath(name)
	if err != nil {
		return "", err
	}
	if at.name == "" {
		return "", forbidden("hashing a directory")
	}
	return f.sumOf(ctx, at.rel)
}

func (f *fileSystem) sumOf(ctx context.Context, rel string) (string, error) {
	file, err := openRegular(f.dir.root, rel)
	if err != nil {
		return "", err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return "", err
	}
	if sum, ok := f.sums.known(rel, info); ok {
		return sum, nil
	}
	sum := &fileSum{hash: sha256.New()}
	if _, err := io.Copy(summed{io.Discard, sum}, &interruptible{ctx, file}); err != nil {
		return "", err
	}
	f.sums.keep(rel, sum, info)
	return hex.EncodeToString(sum.hash.Sum(nil)), nil
}

type interruptible struct {
	ctx  context.Context
	from io.Reader
}

func (r *interruptible) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.from.Read(p)
}

// checkSums compares a delivery with its manifest, byte for byte.
func (f *fileSystem) checkSums(ctx context.Context, dir, id string) error {
	m, err := manifestIn(ctx, f.dir.tree, dir, id)
	if err != nil {
		return err
	}
	var bytes int64
	for _, file := range m.Files {
		bytes += file.Bytes
	}
	if most := f.limits.MosaicBytes; most > 0 && bytes > most {
		return errDirFull
	}
	for _, file := range m.Files {
		sum, err := f.sumOf(ctx, dir+"/"+file.Name)
		if err != nil {
			return err
		}
		if sum != file.SHA256 {
			return fmt.Errorf("%s differs from its manifest: %w", file.Name, fs.ErrInvalid)
		}
	}
	return nil
}
