package admin

import (
	"crypto/sha256"
	"crypto/subtle"
	"log/slog"
	"math"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"smalti/pkg/throttle"
)

// Refusal says why the listener refused a request.
type Refusal string

// The reasons.
const (
	WrongToken Refusal = "token"    // a token was given, and is wrong
	TooMany    Refusal = "too_many" // after too many wrong ones
	WrongHost  Refusal = "host"     // the request is meant for another name
)

// Refusals are all of them.
var Refusals = []Refusal{WrongToken, TooMany, WrongHost}

const (
	maxOwed       = 5 * time.Second // a client that owes more is not listened to
	complainEvery = time.Minute
)

// door lets in who has the token. Without a token it lets in who names this machine as itself.
type door struct {
	next    http.Handler
	open    bool // there is no token
	token   [sha256.Size]byte
	judging sync.Mutex
	guesses throttle.Guesses
	refused func(Refusal)
	log     *slog.Logger

	mu         sync.Mutex
	complained map[Refusal]time.Time
}

// newDoor guards next. Browsers send their credentials to every site that asks them to, so what comes
// from another site is not carried out.
func newDoor(c Config, next http.Handler) *door {
	return &door{
		next: http.NewCrossOriginProtection().Handler(next), open: c.Token == "", token: sha256.Sum256([]byte(c.Token)),
		refused: c.Refused, log: c.Log, complained: map[Refusal]time.Time{},
	}
}

func (d *door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-Content-Type-Options", "nosniff")
	switch {
	case d.open && !loopback(hostOf(r.Host)):
		// A page of any site can have a name of its own point here (DNS rebinding): to the browser, this
		// is then the page's own server. The name is all that gives it away.
		d.complain(WrongHost, r)
		http.Error(w, "This listener has no token, so that it answers only to localhost.", http.StatusMisdirectedRequest)
	case d.open || r.URL.Path == "/healthz": // health is nobody's secret
		d.next.ServeHTTP(w, r)
	default:
		d.ask(w, r)
	}
}

// ask lets a request in that has the token. A wrong one is answered the later, the more there were.
func (d *door) ask(w http.ResponseWriter, r *http.Request) {
	peer, _, _ := net.SplitHostPort(r.RemoteAddr)
	credential, given := credential(r)
	right, ignored, wait := d.judge(peer, credential, given)
	switch {
	case right:
		d.next.ServeHTTP(w, r)
		return
	case ignored:
		d.complain(TooMany, r)
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
		http.Error(w, "There were too many wrong tokens.", http.StatusTooManyRequests)
		return
	case given: // else a browser that has not asked its user yet
		d.complain(WrongToken, r)
		select {
		case <-time.After(wait):
		case <-r.Context().Done():
			return
		}
	}
	w.Header().Set("WWW-Authenticate", `Basic realm="Smalti", charset="UTF-8"`)
	http.Error(w, "This is for those who run the system: a token is needed.", http.StatusUnauthorized)
}

// judge compares a token and counts a wrong one, in one step: many guesses at the same time would
// otherwise all be compared before the first one counts. The token of a client that owes more than
// maxOwed is ignored. wait is how long the answer has to wait.
func (d *door) judge(peer, credential string, given bool) (right, ignored bool, wait time.Duration) {
	d.judging.Lock()
	defer d.judging.Unlock()
	now := time.Now()
	if owed := d.guesses.Owed(peer, now); given && owed > maxOwed {
		return false, true, owed
	}
	got := sha256.Sum256([]byte(credential))
	if subtle.ConstantTimeCompare(got[:], d.token[:]) == 1 {
		return true, false, 0
	}
	if given {
		wait = d.guesses.Wrong(peer, now)
	}
	return false, false, wait
}

func (d *door) complain(why Refusal, r *http.Request) {
	if d.refused != nil {
		d.refused(why)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if last := d.complained[why]; !last.IsZero() && time.Since(last) < complainEvery {
		return
	}
	d.complained[why] = time.Now()
	const message = "the admin listener refused a request"
	switch why {
	case WrongHost:
		d.log.Warn(message, "why", "it names another host", "do", "use localhost, or set -admin-token-file", "host", r.Host, "client", r.RemoteAddr)
	case WrongToken:
		d.log.Warn(message, "why", "its token is wrong", "do", "compare what it was given with -admin-token-file", "client", r.RemoteAddr)
	case TooMany:
		d.log.Warn(message, "why", "too many wrong tokens came from there", "do", "find out who guesses", "client", r.RemoteAddr)
	}
}

// credential is the token of a request, and whether there is one.
func credential(r *http.Request) (token string, given bool) {
	if token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		return token, true
	}
	_, password, ok := r.BasicAuth()
	return password, ok
}

// hostOf is the host of a Host header, without its port.
func hostOf(header string) string {
	if host, _, err := net.SplitHostPort(header); err == nil {
		return host
	}
	return strings.TrimSuffix(strings.TrimPrefix(header, "["), "]")
}

// loopback reports whether a host can only be this machine: a loopback address, localhost, or a name
// below it (RFC 6761, section 6.3).
func loopback(host string) bool {
	name := strings.ToLower(strings.TrimSuffix(host, "."))
	if name == "localhost" || strings.HasSuffix(name, ".localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
