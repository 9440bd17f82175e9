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

	"smalti/pkg/pause"
	"smalti/pkg/throttle"
)

// Refusal says why the listener refused a request.
type Refusal string

// The reasons.
const (
	WrongToken Refusal = "token"    // the token is wrong
	TooMany    Refusal = "too_many" // the client has sent too many wrong tokens
	WrongHost  Refusal = "host"     // the request is for another host
)

// Refusals are all of them.
var Refusals = []Refusal{WrongToken, TooMany, WrongHost}

const maxOwed = 5 * time.Second // tokens of a client that has to wait longer are ignored

// guard passes on requests that have the token. Without a token, it passes on requests to localhost.
type guard struct {
	next    http.Handler
	open    bool // there is no token
	token   [sha256.Size]byte
	refused func(Refusal)
	log     *slog.Logger

	comparing sync.Mutex
	guesses   throttle.Guesses

	logged throttle.Minutely[Refusal]
}

// newGuard guards next. Requests from other sites are refused, because browsers send their credentials
// along with those.
func newGuard(c Config, next http.Handler) *guard {
	return &guard{
		next: http.NewCrossOriginProtection().Handler(next), open: c.Token == "", token: sha256.Sum256([]byte(c.Token)),
		refused: c.Refused, log: c.Log,
	}
}

func (g *guard) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-Content-Type-Options", "nosniff")
	switch {
	case g.open && !loopback(hostOf(r.Host)):
		// A page can make its own name point here (DNS rebinding), so that the browser takes this for the
		// page's server. Only the name gives it away.
		g.report(WrongHost, r)
		http.Error(w, "This listener has no token, and answers only requests to localhost.", http.StatusMisdirectedRequest)
	case g.open || r.URL.Path == "/healthz": // health is not secret
		g.next.ServeHTTP(w, r)
	default:
		g.authorize(w, r)
	}
}

// authorize passes on a request that has the token. A wrong one is answered the later, the more wrong ones
// its client has sent.
func (g *guard) authorize(w http.ResponseWriter, r *http.Request) {
	peer, _, _ := net.SplitHostPort(r.RemoteAddr)
	credential, given := credential(r)
	right, ignored, wait := g.compare(peer, credential, given)
	switch {
	case right:
		g.next.ServeHTTP(w, r)
		return
	case ignored:
		g.report(TooMany, r)
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
		http.Error(w, "Too many wrong tokens.", http.StatusTooManyRequests)
		return
	case given: // otherwise a browser that has not asked its user yet
		g.report(WrongToken, r)
		if !pause.For(r.Context(), wait) {
			return
		}
	}
	w.Header().Set("WWW-Authenticate", `Basic realm="Smalti", charset="UTF-8"`)
	http.Error(w, "This page is for operators and needs a token.", http.StatusUnauthorized)
}

// compare compares a token and counts a wrong one, in one step: otherwise many guesses at the same time
// would all be compared before the first one counts. The token of a client that owes more than maxOwed is
// ignored. wait is how long the answer has to wait.
func (g *guard) compare(peer, credential string, given bool) (right, ignored bool, wait time.Duration) {
	g.comparing.Lock()
	defer g.comparing.Unlock()
	now := time.Now()
	if owed := g.guesses.Owed(peer, now); given && owed > maxOwed {
		return false, true, owed
	}
	got := sha256.Sum256([]byte(credential))
	if subtle.ConstantTimeCompare(got[:], g.token[:]) == 1 {
		return true, false, 0
	}
	if given {
		wait = g.guesses.Wrong(peer, now)
	}
	return false, false, wait
}

// report counts a refusal, and logs it unless the same reason was logged in the last minute.
func (g *guard) report(why Refusal, r *http.Request) {
	if g.refused != nil {
		g.refused(why)
	}
	if !g.logged.Due(why) {
		return
	}
	const message = "the admin listener refused a request"
	switch why {
	case WrongHost:
		g.log.Warn(message, "why", "it is for another host", "do", "use localhost, or set -admin-token-file", "host", r.Host, "client", r.RemoteAddr)
	case WrongToken:
		g.log.Warn(message, "why", "its token is wrong", "do", "compare it with -admin-token-file", "client", r.RemoteAddr)
	case TooMany:
		g.log.Warn(message, "why", "too many wrong tokens from this client", "do", "find out who is guessing", "client", r.RemoteAddr)
	}
}

// credential returns the token of a request, and whether there is one.
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
