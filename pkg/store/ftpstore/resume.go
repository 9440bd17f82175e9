package ftpstore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/jlaffaye/ftp"

	"smalti/pkg/counting"
	"smalti/pkg/pause"
	"smalti/pkg/store/internal/tree"
)

const (
	resumeTries = 3                      // in a row without progress
	silentTries = 3                      // a try that ends in silence counts as so many: it takes the longest
	resumeStep  = 1 << 20                // bytes; fewer are no progress
	resumePause = 180 * time.Millisecond // about, before the first; doubled for each one in a row
)

// resumable is the upload of one file over as many connections as it takes. How much of it has arrived,
// only the server's SIZE tells, which is asked for before each try.
type resumable struct {
	remote *Store
	name   string
	fill   func(io.Writer) error

	began    bool  // what the server has is from this upload
	whole    bool  // the server cannot resume: start over each time
	from     int64 // where the last try began
	sent     int64 // the most that fill ever wrote
	kept     int64 // the most that the server ever had
	progress bool  // kept has grown by a step since this was last false
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
			return 0, fmt.Errorf("giving up after several tries without progress: %w", err)
		}
		if !pause.About(ctx, resumePause<<tries) {
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
		err = &tree.TornError{Stored: stored, Sent: count.Bytes}
	}
	return stored, err
}

// begin says where to begin. That is 0 also if the server has more than was sent, or less than before: then
// it has resumed somewhere else than it was told to.
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
	// If the connection broke before STOR has emptied an earlier file of that name, its bytes would pass
	// for ours; and ProFTPD replaces files only with AllowOverwrite.
	if err := s.ftp.Delete(s.path(u.name)); err != nil && broke(err) {
		return 0, err
	}
	u.began = true
	return 0, nil
}

// again reports whether another try may help.
func (u *resumable) again(err error) bool {
	if torn, ok := errors.AsType[*tree.TornError](err); ok {
		// Too few bytes: the server took a break for the end. Too many of a file that was sent in one
		// piece: the server changes what it gets.
		return u.from > 0 || torn.Stored < torn.Sent
	}
	if errors.Is(err, errNoResume) {
		u.whole = true
		return true
	}
	// Pure-FTPd replies 451 to a broken data connection, where others reply 426.
	return u.began && (broke(err) || protocolCode(err) == ftp.StatusActionAborted && u.sent > 0)
}
