package ftpstore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"

	"smalti/pkg/store"
	"smalti/pkg/store/internal/tree"
)

// sumRate is how much a server hashes in a second at least. Its reply may take so much longer than usual.
const sumRate = 32 << 20 // bytes

var sumPattern = regexp.MustCompile(`\b[0-9a-fA-F]{64}\b`)

// check compares what the server has of a file with what was sent. Our own server and ProFTPD with
// mod_digest are asked for the file's SHA-256. vsftpd and Pure-FTPd do not have that: with these, only the
// size is checked, unless files are read back. A byte that was changed on the way is then found by the
// first reader that compares the mosaic with its manifest, such as [mirror.Store]. TLS lets none be changed.
func (t remoteTree) Check(ctx context.Context, name string, want store.File) error {
	var sum string
	err := t.r.do(ctx, "verifying "+name, func(s *session) (err error) {
		sum, err = s.sum(name, want.Bytes)
		return err
	})
	// ProFTPD caches hashes by name, size and second, so that it may be that of an earlier upload.
	if err == nil && (sum == "" && t.r.readBack || sum != "" && sum != want.SHA256) {
		sum, err = t.readBack(ctx, name)
	}
	if err != nil {
		return err
	}
	if sum != "" && sum != want.SHA256 {
		return fmt.Errorf("%w: %s of %d bytes", tree.ErrOtherBytes, name, want.Bytes)
	}
	return nil
}

// sum asks for a file's hash; "" if the server has none.
func (s *session) sum(name string, bytes int64) (string, error) {
	path := s.path(name)
	if s.noSums.Load() || strings.ContainsAny(path, " \t\"") {
		return "", nil
	}
	s.control.Idle += time.Duration(bytes/sumRate) * time.Second
	defer func() { s.control.Idle = s.idle }()
	message, err := s.command("XSHA256 "+path, 2)
	switch code := protocolCode(err); {
	case code >= 500 && code < 510:
		s.noSums.Store(true) // it never will
		return "", nil
	case refused(err):
		return "", nil
	case err != nil:
		return "", err
	}
	return strings.ToLower(sumPattern.FindString(message)), nil
}

func (t remoteTree) readBack(ctx context.Context, name string) (string, error) {
	r, err := t.Open(ctx, name)
	if err != nil {
		return "", err
	}
	sum := tree.NewSummer()
	_, err = io.Copy(&sum, r)
	return sum.Hex(), errors.Join(err, r.Close())
}
