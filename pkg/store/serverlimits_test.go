package store_test

import (
	"errors"
	"io"
	"net"
	"net/netip"
	"net/textproto"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"smalti/pkg/job"
	"smalti/pkg/store"
	"smalti/pkg/testenv"
)

// Whoever guesses the port of somebody else's data connection gets nothing and disturbs nobody.
func TestServerTakesDataFromItsClientOnly(t *testing.T) {
	u := startUploader(t, store.ServerConfig{})
	addr := u.passiveAddr()
	from := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 2)}}
	thief, err := from.Dial("tcp", addr)
	if err != nil {
		t.Skipf("there is no second loopback address here: %v", err)
	}
	defer thief.Close()
	_, _ = io.WriteString(thief, "not the poster")
	own, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer own.Close()
	u.want("STOR "+u.path, "150")
	_, _ = io.WriteString(own, "the poster")
	own.Close()
	u.reply("226")
	u.wantPoster("the poster")
}

func TestServerConnectionCapPerAddress(t *testing.T) {
	s := startServer(t, openDir(t, t.TempDir()), store.ServerConfig{MaxSessions: 4, MaxPerClient: 2})
	loginRaw(t, s)
	loginRaw(t, s)
	if got := login(t, s, net.IPv4(127, 0, 0, 1)); got != 421 {
		t.Errorf("the third from one address: %d", got)
	}
	if got := login(t, s, net.IPv4(127, 0, 0, 2)); got != 230 {
		t.Errorf("the first from another: %d", got)
	}
}

// login logs in from an address, and returns the reply's code.
func login(t *testing.T, s *store.Server, from net.IP) int {
	t.Helper()
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: from}}
	conn, err := d.Dial("tcp", s.Addr().String())
	if err != nil {
		t.Skipf("there is no second loopback address here: %v", err)
	}
	t.Cleanup(func() { conn.Close() })
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

// Whoever connects and does not log in takes no session, and keeps nobody out, from the same address
// neither.
func TestServerIsReachableUnderAFloodOfConnections(t *testing.T) {
	s := startServer(t, openDir(t, t.TempDir()), store.ServerConfig{MaxSessions: 4, MaxPerClient: 4})
	for range 700 {
		conn, err := net.Dial("tcp", s.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
	}
	r := openRemote(t, store.RemoteConfig{URL: "ftp://mosaic@" + s.Addr().String(), Password: password, Patience: inTime})
	deliver(t, r, job.NewID())
	if n := store.Newcomers(s); n > 512 {
		t.Errorf("%d connections that have not logged in are kept", n)
	}
}

func TestServerCountsHouseholds(t *testing.T) {
	for at, want := range map[string]string{
		"203.0.113.7:1": "203.0.113.7", "[::ffff:203.0.113.7]:1": "203.0.113.7",
		"[2001:db8:1:2:3::4]:1": "2001:db8:1:2::/64", "[2001:db8:1:2:ffff::4]:9": "2001:db8:1:2::/64", "[fe80::1%lo]:9": "fe80::/64",
	} {
		if got := store.ClientOf(net.TCPAddrFromAddrPort(netip.MustParseAddrPort(at))); got != want {
			t.Errorf("%s: %s, want %s", at, got, want)
		}
	}
}

func TestServerQuotaOfBytes(t *testing.T) {
	u := startUploader(t, store.ServerConfig{Quota: store.Quota{Bytes: 1000}})
	u.send(strings.Repeat("x", 800), "226", "STOR "+u.path)
	other := filepath.Dir(u.path) + "/plan.json"
	u.send(strings.Repeat("x", 300), "452", "STOR "+other)
	u.want("SIZE "+other, "550") // what did not fit is gone
	u.want("DELE "+u.path, "250")
	testenv.WaitFor(t, "there is room again", func() bool {
		conn := u.start(strings.Repeat("x", 300), "STOR "+other)
		conn.Close()
		code, _, err := u.ReadResponse(0)
		return err == nil && code == 226
	})
}

func TestServerQuotaOfFiles(t *testing.T) {
	u := startUploader(t, store.ServerConfig{Quota: store.Quota{Files: 3}}) // the directory is one
	dir := filepath.Dir(u.path)
	u.send("x", "226", "STOR "+u.path)
	u.send("x", "226", "STOR "+dir+"/plan.json")
	u.send("y", "226", "STOR "+u.path) // is there already
	u.send("x", "452", "STOR "+dir+"/preview.jpg")
	u.want("MKD /uploads/"+u.id, "452")
}

func TestServerQuotaOfOneMosaic(t *testing.T) {
	u := startUploader(t, store.ServerConfig{Quota: store.Quota{MosaicBytes: 100}})
	dir := filepath.Dir(u.path)
	u.send(strings.Repeat("x", 80), "226", "STOR "+u.path)
	u.send(strings.Repeat("x", 30), "552", "STOR "+dir+"/plan.json")
	u.send(strings.Repeat("x", 30), "552", "APPE "+u.path)
	u.send(strings.Repeat("x", 20), "226", "STOR "+dir+"/plan.json")
	u.want("MKD /uploads/"+u.id, "257")
	u.send(strings.Repeat("x", 100), "226", "STOR /uploads/"+u.id+"/a")
	u.send("x", "552", "STOR /uploads/"+u.id+"/b")
}

// The client that is told of a used-up quota says so to the person.
func TestServerQuotaThroughRemote(t *testing.T) {
	disk := t.TempDir()
	s := startServer(t, openDir(t, disk), store.ServerConfig{Quota: store.Quota{Bytes: 1 << 20}})
	r := openRemote(t, store.RemoteConfig{URL: "ftp://mosaic@" + s.Addr().String(), Password: password})
	d := begin(t, r, job.NewID(), "1")
	if err := d.Put(t.Context(), "poster.jpg", noise(4<<20)); !errors.Is(err, store.ErrFull) {
		t.Errorf("got %v, want ErrFull", err)
	}
	if err := r.PutUpload(t.Context(), job.NewID(), "a", io.LimitReader(zeros{}, 4<<20), 8<<20); !errors.Is(err, store.ErrFull) {
		t.Errorf("got %v, want ErrFull", err)
	}
	if got := append(list(t, disk, "mosaics"), list(t, disk, ".tmp")...); len(got) > 0 {
		t.Errorf("left: %v", got)
	}
}

func TestServerEndsSlowTransfer(t *testing.T) {
	u := startUploader(t, store.ServerConfig{MaxTransfer: 200 * time.Millisecond})
	conn := u.start("", "STOR "+u.path)
	for {
		if _, err := io.WriteString(conn, "."); err != nil {
			break // a byte now and then is not silence, and yet it ends
		}
		time.Sleep(10 * time.Millisecond) // the slowness that is tested
	}
	u.reply("426")
	u.want("NOOP", "200")
}

func TestServerRefusesTrickyPaths(t *testing.T) {
	u := startUploader(t, store.ServerConfig{})
	in := filepath.Dir(u.path)
	for _, path := range []string{
		in + `/..\..\x.jpg`, `\incoming\x.jpg`, in + "/p\u00f6ster.jpg", in + "/poster\u202egpj.jpg", in + "/\uff0e\uff0e/x.jpg",
		in + "/x.jpg%00.json", "//etc//passwd", in + "/./../../x.jpg", "~root/x.jpg", "-la", in + "/\xc0\xae\xc0\xae/x.jpg",
		in + "/" + strings.Repeat("../", 500) + "etc/passwd", "/" + strings.Repeat("a/", 500),
	} {
		for _, command := range []string{"STOR ", "APPE ", "SIZE ", "XSHA256 ", "RETR ", "MKD ", "CWD ", "DELE ", "RMD "} {
			u.want(command+path, "5")
		}
	}
}
