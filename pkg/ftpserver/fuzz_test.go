package ftpserver_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"smalti/pkg/ftpserver"
)

var replyLine = regexp.MustCompile(`^([1-5][0-9][0-9][ -]| )[^\r\n]*$`)

// Whatever a client sends, the server stays up, answers in whole lines that a client can read, and leaves
// alone what is outside of the store, and everything before the client has logged in.
func FuzzControlLines(f *testing.F) {
	const id = "AAAAAAAAAAAAAAAAAAAAAA"
	for _, seed := range []string{
		"NOOP\r\n", "USER mosaic\r\nPASS wrong\r\n", "SIZE /mosaics\r\nCWD ..\r\nPWD\r\n", "FEAT\r\nSYST\r\nTYPE I\r\nMODE S\r\nSTRU F\r\n",
		"MKD /incoming/" + id + ".1-a\r\nCWD /incoming/" + id + ".1-a\r\nRMD /incoming/" + id + ".1-a\r\n",
		"RNFR /incoming/" + id + ".1-a\r\nRNTO /mosaics/" + id + "\r\n", "RNTO /mosaics/" + id + "\r\n",
		"REST 99999999999999999999\r\nREST -1\r\nREST 5\r\nRETR /mosaics/" + id + "/poster.jpg\r\n", "LIST -la /\r\nNLST\r\nMLSD\r\nMLST\r\n",
		"AUTH TLS\r\nPBSZ 0\r\nPROT P\r\n", "OPTS UTF8 ON\r\nALLO 1\r\nXSHA256 x\r\nXSHA256 \"x y\"\r\n", "DELE\r\n\r\n \r\nQUIT\r\nNOOP\r\n",
		"CWD /a\rb\r\n", "MKD \x00\x01\xff\r\nMDTM /\r\nABOR\r\nMLST /\r\nEPSV ALL\r\n", strings.Repeat("A", 5000) + "\r\n", "NOOP", "PORT 127,0,0,1,0,22\r\nEPRT |1|127.0.0.1|22|\r\n",
	} {
		f.Add(false, []byte(seed))
		f.Add(true, []byte(seed))
	}
	log := &crashes{}
	s, home := start(f, ftpserver.Config{Log: slog.New(log)})
	around := filepath.Dir(home)
	beside := len(entries(f, around))
	f.Fuzz(func(t *testing.T, loggedIn bool, lines []byte) {
		if upper := bytes.ToUpper(lines); bytes.Contains(upper, []byte("PSV")) || bytes.Contains(upper, []byte("PASV")) || bytes.Contains(upper, []byte("PASS")) {
			return // these wait: for a data connection, or before a wrong password is answered
		}
		if len(lines) > 20_000 {
			return
		}
		before := names(t, home)
		conn, err := net.Dial("tcp", s.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
		if loggedIn {
			_, _ = io.WriteString(conn, "USER mosaic\r\nPASS "+password+"\r\n")
		}
		go func() {
			_, _ = conn.Write(lines)
			_ = conn.(*net.TCPConn).CloseWrite()
		}()
		out, err := io.ReadAll(conn)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			t.Fatalf("the connection is not ended; %q", out)
		}
		for line := range strings.SplitSeq(string(out), "\r\n") {
			if line != "" && !replyLine.MatchString(line) && !bytes.Contains(bytes.ToUpper(lines), []byte("AUTH")) {
				t.Errorf("no reply: %q", line)
			}
		}
		if crashed := log.last.Load(); crashed != nil {
			t.Fatalf("%s", *crashed)
		}
		if got := entries(t, around); len(got) != beside {
			t.Fatalf("around the store: %v", got)
		}
		if after := names(t, home); !loggedIn && after != before {
			t.Fatalf("changed without a password: %s, before %s", after, before)
		}
	})
}

func entries(t testing.TB, dir string) []os.DirEntry {
	t.Helper()
	all, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// names is everything in the store.
func names(t *testing.T, home string) string {
	var all []string
	_ = filepath.WalkDir(home, func(path string, _ os.DirEntry, _ error) error {
		all = append(all, strings.TrimPrefix(path, home))
		return nil
	})
	return strings.Join(all, " ")
}

// crashes remembers the last session that panicked.
type crashes struct{ last atomic.Pointer[string] }

func (c *crashes) Enabled(context.Context, slog.Level) bool { return true }
func (c *crashes) WithAttrs([]slog.Attr) slog.Handler       { return c }
func (c *crashes) WithGroup(string) slog.Handler            { return c }
func (c *crashes) Handle(_ context.Context, r slog.Record) error {
	if strings.Contains(r.Message, "crashed") {
		text := r.Message
		r.Attrs(func(a slog.Attr) bool { text += " " + a.String(); return true })
		c.last.Store(&text)
	}
	return nil
}
