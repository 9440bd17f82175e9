package ftpview

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"sync"
	"time"

	"smalti/pkg/store/internal/disk"
	"smalti/pkg/store/internal/tree"
)

const maxSums = 4_096 // files; one that is forgotten is read again

// sums are the hashes of files under incoming, taken as they came in, so that a large poster need not be
// read again.
type sums struct {
	mu sync.Mutex
	of map[string]*fileSum
}

// fileSum is the hash of what a file holds so far.
type fileSum struct {
	tree.Summer
	modified time.Time
}

// begin is the sum of a file that is about to be written from an offset on; nil if that takes reading.
func (s *sums) begin(rel string, from int64) *fileSum {
	s.mu.Lock()
	defer s.mu.Unlock()
	known := s.of[rel]
	delete(s.of, rel)
	switch {
	case from == 0:
		return &fileSum{Summer: tree.NewSummer()}
	case known != nil && known.Bytes == from:
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

// known returns the hash of a file that has not changed since.
func (s *sums) known(rel string, info os.FileInfo) (string, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sum := s.of[rel]
	if sum == nil || sum.Bytes != info.Size() || !sum.modified.Equal(info.ModTime()) {
		return "", false
	}
	return sum.Hex(), true
}

// forget drops the sums at a path and below it.
func (s *sums) forget(rel string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for path := range s.of {
		if path == rel || strings.HasPrefix(path, rel+"/") {
			delete(s.of, path)
		}
	}
}

// SHA256 is the hash of a file: as it came in, or else as it is read.
func (f *fileSystem) SHA256(ctx context.Context, name string) (string, error) {
	at, err := place(name, readable...)
	if err != nil {
		return "", err
	}
	return f.sumOf(ctx, at.rel)
}

func (f *fileSystem) sumOf(ctx context.Context, rel string) (string, error) {
	file, err := disk.OpenRegular(f.files.Root, rel)
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
	sum := &fileSum{Summer: tree.NewSummer()}
	if _, err := io.Copy(sum, &tree.PacedReader{Ctx: ctx, From: file}); err != nil {
		return "", err
	}
	f.sums.keep(rel, sum, info)
	return sum.Hex(), nil
}

// checkSums compares a delivery with its manifest, byte for byte.
func (f *fileSystem) checkSums(ctx context.Context, dir, id string) error {
	m, err := tree.ManifestIn(ctx, f.files, dir, id)
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
