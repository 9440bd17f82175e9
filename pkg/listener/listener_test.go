package listener_test

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"smalti/pkg/listener"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// pipes is a listener whose connections are pipes in this process, from addresses that tests choose.
type pipes struct{ next chan net.Conn }

func newPipes() *pipes { return &pipes{make(chan net.Conn)} }

func (p *pipes) Accept() (net.Conn, error) {
	c, ok := <-p.next
	if !ok {
		return nil, net.ErrClosed
	}
	return c, nil
}

func (p *pipes) Close() error   { close(p.next); return nil }
func (p *pipes) Addr() net.Addr { return &net.TCPAddr{} }

func (p *pipes) dial(from string) net.Conn {
	ours, theirs := net.Pipe()
	p.next <- &pipe{theirs, net.TCPAddrFromAddrPort(netip.MustParseAddrPort(from))}
	return ours
}

type pipe struct {
	net.Conn
	from net.Addr
}

func (p *pipe) RemoteAddr() net.Addr { return p.from }

// serve answers every request with a body, in a bubble.
func serve(c listener.Config, h http.HandlerFunc) (dial func(from string) net.Conn, stop func()) {
	p := newPipes()
	l := listener.New(p, c)
	s := &http.Server{Handler: h, ConnState: l.ConnState}
	go s.Serve(l)
	return p.dial, func() { s.Close(); synctest.Wait() }
}

const get = "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"

// A client that goes on reading may take hours; one that stops, or hardly reads, is cut.
func TestSlowReaders(t *testing.T) {
	const size = 8 << 20
	for name, tc := range map[string]struct {
		piece   int           // bytes
		every   time.Duration // of which one is read
		allowed bool
	}{
		"a slow telephone":        {4 << 10, time.Second, true},
		"as slow as it may be":    {listener.Progress, 29 * time.Second, true},
		"slower than any":         {1 << 10, time.Second, false},
		"a byte a second":         {1, time.Second, false},
		"nobody":                  {1, 24 * time.Hour, false},
		"a telephone in a tunnel": {1 << 20, 25 * time.Second, true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var cut atomic.Int64
				dial, stop := serve(listener.Config{Cut: func() { cut.Add(1) }}, func(w http.ResponseWriter, r *http.Request) {
					w.Write(make([]byte, size))
				})
				defer stop()
				c := dial("192.0.2.1:1000")
				defer c.Close()
				io.WriteString(c, get)
				began := time.Now()
				read := 0
				for b := make([]byte, tc.piece); ; time.Sleep(tc.every) {
					n, err := io.ReadFull(c, b)
					if read += n; err != nil || read > size {
						break
					}
				}
				if whole := read >= size; whole != tc.allowed || (cut.Load() > 0) == tc.allowed {
					t.Errorf("%d bytes of %d in %v, %d cut", read, size, time.Since(began), cut.Load())
				}
			})
		})
	}
}

// A client has so many connections, but may always have another instead of one that is idle; proxies
// are not counted, and a whole IPv6 /64 is one client.
func TestConnectionsOfOneClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var refused atomic.Int64
		hold := make(chan struct{})
		dial, stop := serve(listener.Config{
			PerClient: 2, Exempt: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")},
			Refusal: "HTTP/1.1 429 Too Many Requests\r\nContent-Length: 0\r\n\r\n", Refused: func() { refused.Add(1) },
		}, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/hold" {
				<-hold
			}
		})
		defer stop()
		// ask returns the status of the answer; 0: none yet, -1: the connection is closed.
		ask := func(c net.Conn, path string) int {
			got := make(chan int, 1)
			go func() {
				io.WriteString(c, "GET "+path+" HTTP/1.1\r\nHost: x\r\n\r\n")
			}()
			go func() {
				res, err := http.ReadResponse(bufio.NewReader(c), nil)
				if err != nil {
					got <- -1
					return
				}
				got <- res.StatusCode
			}()
			synctest.Wait()
			select {
			case code := <-got:
				return code
			default:
				return 0
			}
		}
		want := func(what string, got, want int) {
			t.Helper()
			if got != want {
				t.Errorf("%s: %d, want %d", what, got, want)
			}
		}
		const me = "[2001:db8::1]:1000"
		a, b := dial(me), dial(me)
		want("the first", ask(a, "/"), 200)
		time.Sleep(time.Second)
		want("the second", ask(b, "/"), 200)
		c := dial("[2001:db8::2]:1000") // of the same network: the first is idle, and goes
		want("a third while others are idle", ask(c, "/hold"), 0)
		want("the one that was idle longest", ask(a, "/"), -1)
		want("the other", ask(b, "/hold"), 0)
		d := dial(me)
		want("one more while all are busy", ask(d, "/"), 429)
		want("refused", int(refused.Load()), 1)
		other, proxy := dial("[2001:db8:0:1::1]:1"), []net.Conn{dial("10.0.0.1:1"), dial("10.0.0.1:2"), dial("[::ffff:10.0.0.1]:3")}
		want("somebody else", ask(other, "/"), 200)
		for _, p := range proxy {
			want("a proxy", ask(p, "/hold"), 0)
		}
		close(hold)
		synctest.Wait()
		b.Close()
		synctest.Wait()
		e := dial(me)
		want("when one has ended", ask(e, "/"), 200)
		for _, open := range append(proxy, a, b, c, d, e, other) {
			open.Close()
		}
	})
}

// Files go through the kernel in pieces, and arrive whole, ranges too.
func TestFilesArrive(t *testing.T) {
	data := bytes.Repeat([]byte("0123456789abcde\n"), 60_000)
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	raw, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := listener.New(raw, listener.Config{PerClient: 4})
	s := &http.Server{ConnState: l.ConnState, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/copied" {
			io.Copy(w, strings.NewReader(string(data)))
			return
		}
		http.ServeFile(w, r, path)
	})}
	go s.Serve(l)
	defer s.Close()
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	for _, tc := range []struct {
		path, ranged string
		want         []byte
	}{
		{"/", "", data}, {"/copied", "", data}, {"/", "bytes=5-9", data[5:10]}, {"/", "bytes=1-200000", data[1:200_001]}, {"/", "bytes=-65536", data[len(data)-65536:]},
	} {
		r, _ := http.NewRequest(http.MethodGet, "http://"+raw.Addr().String()+tc.path, nil)
		if tc.ranged != "" {
			r.Header.Set("Range", tc.ranged)
		}
		res, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil || !bytes.Equal(got, tc.want) {
			t.Errorf("%s %s: %d bytes, %v, want %d", tc.path, tc.ranged, len(got), err, len(tc.want))
		}
	}
}

// A client over TCP that reads nothing is cut, although the kernel takes some of it in advance.
func TestNobodyReads(t *testing.T) {
	raw, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	cut := make(chan struct{})
	l := listener.New(raw, listener.Config{Stall: 50 * time.Millisecond, Cut: func() { close(cut) }})
	ended := make(chan error, 1)
	s := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, err := w.Write(make([]byte, 64<<20))
		ended <- err
	})}
	go s.Serve(l)
	defer s.Close()
	c, err := net.Dial("tcp", raw.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	io.WriteString(c, get)
	<-cut
	if err := <-ended; !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("the handler was told %v", err)
	}
}
