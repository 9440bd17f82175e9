package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"time"

	"smalti/pkg/counting"

	"github.com/jlaffaye/ftp"
)

const (
	resumeTries = 3                      // in a row that get nowhere
	silentTries = 3                      // as many as one that ends in silence counts for: it takes the longest
	resumeStep  = 1 << 20                // bytes; the server having got fewer in between is nowhere
	resumePause = 250 * time.Millisecond // at most, before the first; each in a row may wait twice as long
)

// resumable is the upload of one file, over as many connections as it takes. What the server has is
// asked each time anew: how much of what was sent ever got there, only its SIZE tells.
type resumable struct {
	remote *Remote
	name   string
	fill   func(io.Writer) error

	began    bool  // the server was ready for it, and what it has is ours
	whole    bool  // from now on start over each time: the server lets none go on
	from     int64 // where the last try went on
	sent     int64 // the most that fill ever wrote
	kept     int64 // the most that the server had when it was asked
	progress bool  // kept went up by a step since this was last false
}

// upload returns the size of the file in the store, which is as sent.
func (u *resumable) upload(ctx context.Context) (stored int64, err error) {
	for tries := 0; ; tries++ {
		err = u.remote.do(ctx, "uploading "+u.name, func(s *session) error {
			stored, err = u.try(s)
			return err
		})
		if err == nil || ctx.Err() != nil || !u.again(err) {
			return stored, err
		}
		if errors.Is(err, os.ErrDeadlineExceeded) {
			tries += silentTries - 1
		}
		if u.progress {
			tries, u.progress = 0, false
		}
		if tries >= resumeTries {
			return 0, fmt.Errorf("given up after tries that got nowhere: %w", err)
		}
		if !pause(ctx, resumePause<<tries) {
			return 0, fmt.Errorf("%w (%w)", context.Cause(ctx), err)
		}
	}
}

func (u *resumable) try(s *session) (stored int64, err error) {
	if u.from, err = u.begin(s); err != nil {
		return 0, err
	}
	count := counting.Writer{}
	stored, err = s.store(u.name, u.from, func(w io.Writer) error {
		count.Writer = w
		return u.fill(&count)
	})
	u.sent = max(u.sent, count.Bytes)
	if err == nil && stored != count.Bytes {
		err = &tornError{stored, count.Bytes}
	}
	return stored, err
}

// begin finds out where to begin. That is at 0 also where the server has more than it was sent, or less
// than before: then it went on somewhere else than it was told to.
func (u *resumable) begin(s *session) (from int64, err error) {
	if u.began && !u.whole {
		size, err := s.ftp.FileSize(s.path(u.name))
		if err != nil && broke(err) {
			return 0, err
		}
		if err == nil && size > 0 && size >= u.from && size <= u.sent {
			if size >= u.kept+resumeStep {
				u.kept, u.progress = size, true
			}
			return size, nil
		}
	}
	// Should the connection break before STOR has emptied an earlier file of that name, its bytes
	// would be taken for ours; and ProFTPD replaces no file unless told to (AllowOverwrite).
	if err := s.ftp.Delete(s.path(u.name)); err != nil && broke(err) {
		return 0, err
	}
	u.began = true
	return 0, nil
}

// again reports whether another try may help.
func (u *resumable) again(err error) bool {
	if torn, ok := errors.AsType[*tornError](err); ok {
		// Too little is a break that the server took for the end. Too much of a file that was sent
		// in one piece is a server that changes what it gets.
		return u.from > 0 || torn.stored < torn.sent
	}
	if errors.Is(err, errNoResume) {
		u.whole = true
		return true
	}
	// Pure-FTPd says 451 where others say 426 of a data connection that broke.
	return u.began && (broke(err) || protocolCode(err) == ftp.StatusActionAborted && u.sent > 0)
}

// broke reports whether err is that of a connection, rather than of our side or the server's word.
func broke(err error) bool {
	if _, ours := errors.AsType[writerError](err); ours || errors.Is(err, errRemoteClosed) {
		return false
	}
	switch protocolCode(err) {
	case 0, ftp.StatusNotAvailable, ftp.StatusCanNotOpenDataConnection, ftp.StatusTransfertAborted:
		return true
	}
	return false
}

// pause waits for half of most or more, so that those who lost the same server do not come back all
// at once. It reports whether ctx lasted.
func pause(ctx context.Context, most time.Duration) bool {
	select {
	case <-time.After(most/2 + rand.N(most/2)):
		return true
	case <-ctx.Done():
		return false
	}
}
