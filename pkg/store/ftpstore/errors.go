package ftpstore

import (
	"context"
	"errors"
	"fmt"
	"net/textproto"
	"os"
	"strings"

	"github.com/jlaffaye/ftp"

	"smalti/pkg/store"
	"smalti/pkg/store/internal/tree"
)

// protocolCode is the FTP reply code (RFC 959, section 4.2) of an error; 0 if it is not a reply.
func protocolCode(err error) int {
	if reply, ok := errors.AsType[*textproto.Error](err); ok {
		return reply.Code
	}
	return 0
}

// unavailable reports whether something is wrong with the store or the way to it, rather than with the
// request: a connection that failed, a login, a reply that makes no sense, or one that says that the same
// may work later (RFC 959, section 4.2.1).
func unavailable(err error) bool {
	if errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrFull) || errors.Is(err, store.ErrLost) {
		return false
	}
	code := protocolCode(err)
	return code/100 != 5 || code == ftp.StatusNotLoggedIn
}

// saysFull reports whether a reply means that there is no room: 452 and 552 (RFC 959, section 4.2.1), and a
// 451 about writing the file, which is the reply of vsftpd and Pure-FTPd on a full disk.
func saysFull(err error) bool {
	reply, ok := errors.AsType[*textproto.Error](err)
	if !ok {
		return false
	}
	switch reply.Code {
	case ftp.StatusExceededStorage, statusInsufficientStorage:
		return true
	case ftp.StatusActionAborted:
		text := strings.ToLower(reply.Msg)
		return strings.Contains(text, "no space") || strings.Contains(text, "writing to local file") || strings.Contains(text, "write to file")
	}
	return false
}

// absent adds store.ErrNotFound to a 550. A 450 is not one: the file is busy (RFC 959, section 4.2.1).
func absent(err error) error {
	if protocolCode(err) == ftp.StatusFileUnavailable {
		return fmt.Errorf("%w: %w", store.ErrNotFound, err)
	}
	return err
}

// refused reports whether err is a reply that declines a command, and always will.
func refused(err error) bool {
	switch protocolCode(err) {
	case 0, ftp.StatusExceededStorage, statusInsufficientStorage:
		return false
	}
	return !broke(err)
}

// broke reports whether err is that of a broken connection.
func broke(err error) bool {
	if _, ours := errors.AsType[tree.WriterError](err); ours || errors.Is(err, errRemoteClosed) {
		return false
	}
	switch protocolCode(err) {
	case 0, ftp.StatusNotAvailable, ftp.StatusCanNotOpenDataConnection, ftp.StatusTransfertAborted:
		return true
	}
	return false
}

// explain adds to an error what was attempted and where, and which of this package's errors it is. It keeps
// the password out, even if a server repeats it.
func (r *Store) explain(ctx context.Context, doing string, err error) error {
	if err == nil {
		return nil
	}
	if text := r.veil(err.Error()); text != err.Error() {
		err = veiled{err, text}
	}
	if text := err.Error(); strings.Contains(text, "\n") {
		// What broke first, and the server's reply to that. The reply says more, so it comes first.
		if reply, ok := errors.AsType[*textproto.Error](err); ok {
			text = fmt.Sprintf("%d %s; %s", reply.Code, reply.Msg, text)
		}
		err = veiled{err, r.veil(strings.ReplaceAll(text, "\n", "; "))}
	}
	_, ours := errors.AsType[tree.WriterError](err)
	switch code := protocolCode(err); {
	case ctx.Err() != nil:
		err = fmt.Errorf("%w (%w)", context.Cause(ctx), err)
	case ours:
		return fmt.Errorf("%s: %w", doing, err)
	case saysFull(err):
		err = fmt.Errorf("%w: %w", store.ErrFull, err)
	case errors.Is(err, store.ErrBusy):
	case code == ftp.StatusNotLoggedIn:
		err = fmt.Errorf("%w: %w", store.ErrLogin, err)
	case errors.Is(err, os.ErrDeadlineExceeded):
		err = fmt.Errorf("no answer for %v: %w", r.idle, err)
	}
	if unavailable(err) && ctx.Err() == nil && !errors.Is(err, store.ErrUnavailable) {
		err = fmt.Errorf("%w: %w", store.ErrUnavailable, err)
	}
	return fmt.Errorf("%s at %s: %w", doing, r.addr, err)
}

// veil takes the password out of a text.
func (r *Store) veil(text string) string {
	if r.password == "" {
		return text
	}
	return strings.ReplaceAll(text, r.password, "[password]")
}

// veiled is an error with another text.
type veiled struct {
	error
	text string
}

func (v veiled) Error() string { return v.text }
func (v veiled) Unwrap() error { return v.error }
