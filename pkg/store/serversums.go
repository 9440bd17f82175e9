package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	ftpserver "goftp.io/server/v2"
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

// sumOf is the hash of a file, as it came in or, where that is not known any more, as it is read.
func (d *driver) sumOf(ctx context.Context, rel string) (string, error) {
	f, err := openRegular(d.dir.root, rel)
	if err != nil {
		return "", err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return "", err
	}
	if sum, ok := d.sums.known(rel, info); ok {
		return sum, nil
	}
	sum := &fileSum{hash: sha256.New()}
	if _, err := io.Copy(summed{io.Discard, sum}, &interruptible{ctx, f}); err != nil {
		return "", err
	}
	d.sums.keep(rel, sum, info)
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
func (d *driver) checkSums(dir, id string) error {
	m, err := manifestIn(d.ctx, d.dir.tree, dir, id)
	if err != nil {
		return err
	}
	var bytes int64
	for _, f := range m.Files {
		bytes += f.Bytes
	}
	if most := d.usage.quota.MosaicBytes; most > 0 && bytes > most {
		return errDirFull
	}
	for _, f := range m.Files {
		sum, err := d.sumOf(d.ctx, dir+"/"+f.Name)
		if err != nil {
			return err
		}
		if sum != f.SHA256 {
			return fmt.Errorf("%s has other bytes than its manifest says", f.Name)
		}
	}
	return nil
}

// xsha256 tells a file's hash. There is no RFC for it; ProFTPD's mod_digest answers in this form.
func (c *control) xsha256(s *ftpserver.Session, param string) {
	at, err := parseServerPath(s.BuildPath(param))
	if err != nil || at.name == "" {
		s.WriteMessage(550, "No such file.")
		return
	}
	sum, err := c.server.driver.sumOf(c.server.driver.ctx, at.rel)
	if err != nil {
		c.noFile(s, err)
		return
	}
	s.WriteMessage(250, sum)
}
