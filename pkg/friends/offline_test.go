package friends_test

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"syscall"
	"testing"

	"smalti/pkg/download"
	"smalti/pkg/friends"
	"smalti/pkg/friends/friendstest"
	"smalti/pkg/photo"
)

// What is wrong on this side is called that, and nobody's server is said not to exist. A name that
// somebody typed wrong is still called that.
func TestWhoseFaultItIs(t *testing.T) {
	dial := func(err error) error { return &net.OpError{Op: "dial", Net: "tcp", Err: err} }
	call := func(errno syscall.Errno) error { return dial(os.NewSyscallError("connect", errno)) }
	notFound := &net.DNSError{Err: "no such host", Name: "x.example", IsNotFound: true}
	for name, tc := range map[string]struct {
		err    error
		theirs bool // of a server whose name was typed
		both   bool // theirs also where the network is one that everybody knows
	}{
		"no such name":              {dial(notFound), true, false},
		"name server away":          {dial(&net.DNSError{Err: "read udp 127.0.0.1: connection refused", Name: "x.example", IsTemporary: true}), false, false},
		"name server in trouble":    {dial(&net.DNSError{Err: "server misbehaving", Name: "x.example", IsTemporary: true}), false, false},
		"name server silent":        {dial(&net.DNSError{Err: "i/o timeout", Name: "x.example", IsTimeout: true, IsTemporary: true}), false, false},
		"no route":                  {call(syscall.ENETUNREACH), false, false},
		"interface down":            {call(syscall.ENETDOWN), false, false},
		"our firewall":              {call(syscall.EPERM), false, false},
		"too many files open":       {call(syscall.EMFILE), false, false},
		"proxy away":                {&net.OpError{Op: "proxyconnect", Net: "tcp", Err: call(syscall.ECONNREFUSED)}, false, false},
		"proxy without a name":      {&net.OpError{Op: "proxyconnect", Net: "tcp", Err: dial(notFound)}, false, false},
		"no certificates here":      {&tls.CertificateVerificationError{Err: x509.SystemRootsError{Err: errors.New("no roots")}}, false, false},
		"their certificate":         {&tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}}, true, true},
		"their host away":           {call(syscall.EHOSTUNREACH), true, true},
		"nobody listens":            {call(syscall.ECONNREFUSED), true, true},
		"cut off":                   {&net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}, true, true},
		"our name server lies":      {&photo.Error{Kind: photo.Refused, Err: errors.New("10.0.0.1 is not public")}, true, false},
		"too slow":                  {os.ErrDeadlineExceeded, true, true},
		"their name has no address": {dial(&net.DNSError{Err: "no such host", Name: "m\u00fcnchen.example", IsNotFound: true}), true, false},
	} {
		t.Run(name, func(t *testing.T) {
			for _, s := range friends.Networks(friends.Config{Transport: nowhere{&url.Error{Op: "Get", URL: "x", Err: tc.err}}}) {
				handle := map[string]string{"bluesky": "anna.bsky.social", "github": "anna"}[s.Name()]
				known := handle != ""
				if s.Name() == "demo" {
					continue
				}
				if !known {
					handle, _ = s.Canonical("anna@x.example")
				}
				_, err := s.Find(t.Context(), handle)
				e, ok := errors.AsType[*friends.Error](err)
				if !ok {
					t.Fatalf("%s: %v", s.Name(), err)
				}
				ours := !tc.theirs || known && !tc.both
				if (e.Kind == friends.Offline) != ours || ours && e.Message().Code != "friends.offline" {
					t.Errorf("%s: %s, %s", s.Name(), e.Kind, e.Message().String())
				}
				if known && (strings.Contains(e.Message().String(), "bsky.app") || strings.Contains(e.Message().String(), "api.github") || e.Message().Code == "friends.no_such_server") {
					t.Errorf("%s: %s", s.Name(), e.Message().String())
				}
				if ours && len(e.Suggestions) > 0 {
					t.Errorf("%s: suggestions %q", s.Name(), e.Suggestions)
				}
			}
		})
	}
}

// A real proxy that nobody listens at, and a real server with a certificate of its own making.
func TestProxyAndCertificate(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	away := &url.URL{Scheme: "http", Host: l.Addr().String()}
	transport := download.NewTransport(download.Config{AllowPrivate: true, Proxy: func(*http.Request) (*url.URL, error) { return away, nil }})
	t.Cleanup(transport.(interface{ CloseIdleConnections() }).CloseIdleConnections)
	_, err = friends.Networks(friends.Config{AllowPrivate: true, Transport: transport})[1].Find(t.Context(), "anna.bsky.social")
	wantKind(t, err, friends.Offline, "reach Bluesky")

	s := httptest.NewTLSServer(http.NotFoundHandler())
	s.Config.ErrorLog = nil
	t.Cleanup(s.Close)
	direct := download.NewTransport(download.Config{AllowPrivate: true})
	t.Cleanup(direct.(interface{ CloseIdleConnections() }).CloseIdleConnections)
	_, err = friends.Networks(friends.Config{AllowPrivate: true, Transport: direct})[0].Find(t.Context(), "@anna@"+strings.TrimPrefix(s.URL, "https://"))
	wantKind(t, err, friends.Unreachable, "friends.bad_certificate")
}

// Who has moved is not somebody who follows nobody.
func TestMovedAccounts(t *testing.T) {
	for name, tc := range map[string]struct {
		moved map[string]any
		want  string // HOST is the server's own; empty: has not moved
	}{
		"elsewhere":          {map[string]any{"id": "5", "username": "anna", "acct": "Anna@new.example", "url": "https://new.example/@anna"}, "@anna@new.example"},
		"on the same server": {map[string]any{"id": "5", "username": "ann", "acct": "ann"}, "@ann@HOST"},
		"by address":         {map[string]any{"url": "https://new.example/users/anna"}, "@anna@new.example"},
		"to nowhere":         {map[string]any{"acct": "\x00@@", "url": "javascript:alert(1)"}, ""},
		"to itself":          {map[string]any{"acct": "anna"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			for _, n := range networks[:2] {
				w := n.with(t, friendstest.Person{User: "anna", Profile: friendstest.Fields{"moved": tc.moved}})
				_, err := w.find(t.Context(), "anna")
				want := strings.ReplaceAll(tc.want, "HOST", w.server.Host)
				if want == "" {
					if err != nil {
						t.Error(err)
					}
					continue
				}
				wantKind(t, err, friends.Moved, fmt.Sprintf("@anna@%s has moved to %s.", w.server.Host, want))
				if e, ok := errors.AsType[*friends.Error](err); !ok || len(e.Suggestions) != 1 || e.Suggestions[0] != want {
					t.Errorf("%v", err)
				}
			}
		})
	}
}
