package intake

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"net/http"
	"time"

	"smalti/pkg/job"
	"smalti/pkg/message"
	"smalti/pkg/queue"
	"smalti/web/internal/client"
	"smalti/web/internal/problem"
)

// Who asks twice under the same idempotency key gets one mosaic. Its id is derived from the key and from
// the client, so that all servers agree without asking each other. A client is a browser with our cookie;
// without one, whoever knows the key, where the key is random; and otherwise an address.

var (
	errBadKey       = problem.New(http.StatusBadRequest, message.New("problem.bad_key", "least", minKey, "most", maxKey))
	errTwoKeys      = problem.New(http.StatusBadRequest, message.New("problem.two_keys"))
	errOtherRequest = job.Wrong("key", message.New("field.key_used"))
)

// useKey takes the idempotency key, from the header or from the form.
func (in *submission) useKey(key string) error {
	switch {
	case key == "" || key == in.key:
		return nil
	case len(key) < minKey || len(key) > maxKey:
		return errBadKey
	case in.key != "":
		return errTwoKeys
	}
	in.key = key
	return nil
}

// identify finds out who asks and for which mosaic, once the key is known.
func (in *submission) identify() {
	if in.id != "" {
		return
	}
	in.owner = client.Owner(in.sender)
	if in.owner == "" {
		in.token = in.Clients.OwnerToken(in.sender, in.key)
		in.owner = client.HashToken(in.token)
	}
	in.id = job.NewID()
	if in.key != "" {
		in.id = job.IDFor(in.owner, in.key)
	}
}

// giveToken sets the cookie of a new owner, once it is certain that the mosaic is theirs.
func (in *submission) giveToken(w http.ResponseWriter) {
	if in.token != "" {
		client.SetOwner(w, in.sender, in.token)
	}
}

// lookBackPeriod bounds the questions about an earlier request. Without an answer, this is the first one.
const lookBackPeriod = 3 * time.Second

// earlier is what was promised under the same id before.
type earlier struct {
	looked, known bool
	print         string // of what was asked for; empty: not known
}

// same refuses what is another request than the earlier one. Where nobody knows that one any more, it is
// taken to be the same.
func (e earlier) same(print string) error {
	if e.print != "" && e.print != print {
		return errOtherRequest
	}
	return nil
}

// lookBack finds out, once, whether a mosaic was promised under this id, here or by another server.
func (in *submission) lookBack(ctx context.Context) {
	if in.earlier.looked || in.key == "" {
		return
	}
	in.earlier.looked = true
	// While the same request is being taken on, its package is in the journal and not promised yet: a full
	// queue still takes it back.
	defer in.Journal.Lock(in.id)()
	if in.Journal.IsDeleted(in.id) { // which is for promise to say
		return
	}
	if in.lookIntoJournal(in.id) {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, lookBackPeriod)
	defer cancel()
	print, err := in.Queue.RequestHash(ctx, in.id)
	switch {
	case err == nil:
		in.earlier.known, in.earlier.print = true, print
	case !errors.Is(err, queue.ErrUnknown): // the queue cannot say
		_, err := in.Mosaics.WithoutQueue(ctx, in.id)
		in.earlier.known = err == nil
	}
}

// lookIntoJournal reports whether this server has promised the mosaic and it has not ended yet. A file
// that cannot be read is a promise, too.
func (in *submission) lookIntoJournal(id string) bool {
	p, err := in.Journal.Package(id)
	if errors.Is(err, fs.ErrNotExist) {
		return false
	}
	in.earlier.known = true
	if p != nil {
		in.earlier.print = p.Request
	}
	return true
}

// fingerprint is a hash of all that makes one request another one: its choices, and its files by what
// is in them. How it was written and sent does not matter.
func (q Request) fingerprint(files hash.Hash) string {
	h := sha256.New()
	if q.sent {
		q.Target = "" // its address is this time's own
	}
	friends, leaveOut, links := q.Friends, q.LeaveOut, q.Links
	q.Friends, q.LeaveOut, q.Links = nil, nil, ""
	e := json.NewEncoder(h) // in pieces, since the whole may be long
	_ = e.Encode(q)
	for _, f := range friends {
		_ = e.Encode(f)
	}
	for _, id := range leaveOut {
		_ = e.Encode(id)
	}
	fmt.Fprintf(h, "%d ", len(links))
	_, _ = io.WriteString(h, links)
	if files != nil {
		h.Write(files.Sum(nil))
	}
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:16]) // as long as an id
}
