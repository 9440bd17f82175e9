package ftpserver_test

import (
	"io"
	"net"
	"net/textproto"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"smalti/pkg/ftpserver"
)

// A client that guesses the port of another one's data connection gets nothing and does no harm.
func TestTakesDataFromItsClientOnly(t *testing.T) {
	s, disk := start(t, ftpserver.Config{})
	r, path := uploading(t, s)
	addr := r.PassiveAddr()
	_, _ = io.WriteString(dialFrom(t, net.IPv4(127, 0, 0, 2), addr), "not the photo")
	own, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer own.Close()
	r.Want("STOR "+path, "150")
	_, _ = io.WriteString(own, "the photo")
	own.Close()
	r.Reply("226")
	if got, err := os.ReadFile(filepath.Join(disk, path)); string(got) != "the photo" {
		t.Errorf("%q, %v", got, err)
	}
}

func TestSessions(t *testing.T) {
	s, _ := start(t, ftpserver.Config{MaxSessions: 2, MaxPerClient: 2})
	first, second := login(t, s), login(t, s)
	if got := loginFrom(t, s, net.IPv4(127, 0, 0, 1)); got != 421 {
		t.Errorf("the third: %d", got)
	}
	first.Want("QUIT", "221")
	second.Want("NOOP", "200")
	for until := time.Now().Add(10 * time.Second); loginFrom(t, s, net.IPv4(127, 0, 0, 1)) != 230; {
		if time.Now().After(until) {
			t.Fatal("the session of the one that left is not free")
		}
	}
}

func TestSessionsPerClient(t *testing.T) {
	s, _ := start(t, ftpserver.Config{MaxSessions: 4, MaxPerClient: 2})
	login(t, s)
	login(t, s)
	if got := loginFrom(t, s, net.IPv4(127, 0, 0, 1)); got != 421 {
		t.Errorf("the third from one address: %d", got)
	}
	if got := loginFrom(t, s, net.IPv4(127, 0, 0, 2)); got != 230 {
		t.Errorf("the first from another: %d", got)
	}
}

// loginFrom logs in from an address, and returns the reply's code.
func loginFrom(t *testing.T, s *ftpserver.Server, from net.IP) int {
	t.Helper()
	conn := dialFrom(t, from, s.Addr().String())
	_, _ = io.WriteString(conn, "USER mosaic\r\nPASS "+password+"\r\n")
	text := textproto.NewConn(conn)
	for _, want := range []int{220, 331} {
		if code, message, err := text.ReadResponse(want); err != nil {
			t.Fatalf("%d %s: %v", code, message, err)
		}
	}
	code, _, err := text.ReadResponse(0)
	if err != nil && code == 0 {
		t.Fatal(err)
	}
	return code
}

// Connections that do not log in take no session, and do not keep others out, even from the same address.
func TestIsReachableUnderAFloodOfConnections(t *testing.T) {
	s, _ := start(t, ftpserver.Config{MaxSessions: 4, MaxPerClient: 4})
	for range 700 {
		conn, err := net.Dial("tcp", s.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
	}
	r, path := uploading(t, s)
	r.Store(path, "a photo")
	if n := ftpserver.Newcomers(s); n > 512 {
		t.Errorf("%d connections that have not logged in are kept", n)
	}
}

func TestEndsSlowTransfer(t *testing.T) {
	s, _ := start(t, ftpserver.Config{MaxTransfer: 200 * time.Millisecond})
	r, path := uploading(t, s)
	conn := r.Passive()
	r.Want("STOR "+path, "150")
	for {
		if _, err := io.WriteString(conn, "."); err != nil {
			break // a byte now and then is not silence, and yet it ends
		}
		time.Sleep(10 * time.Millisecond) // the slowness that is tested
	}
	r.Reply("426")
	r.Want("NOOP", "200")
}

func TestDropsTheSilent(t *testing.T) {
	s, disk := start(t, ftpserver.Config{Idle: 200 * time.Millisecond})
	if _, err := login(t, s).ReadLine(); err == nil {
		t.Error("a silent client was kept")
	}
	r, path := uploading(t, s)
	conn := r.Passive()
	r.Want("STOR "+path, "150")
	if _, err := conn.Write([]byte("and then nothing")); err != nil {
		t.Fatal(err)
	}
	r.Reply("426")
	wantEmpty(t, filepath.Dir(filepath.Join(disk, path)), filepath.Join(disk, ".tmp"))
}

func TestRefusesEndlessLine(t *testing.T) {
	s, _ := start(t, ftpserver.Config{})
	r := dial(t, s)
	go func() { _, _ = io.WriteString(r.Net, strings.Repeat("x", 1<<20)) }()
	if line, err := r.ReadLine(); err == nil {
		t.Errorf("got %q", line)
	}
}
