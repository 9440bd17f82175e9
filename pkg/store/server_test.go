package store_test

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/textproto"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"smalti/pkg/job"
	"smalti/pkg/store"
	"smalti/pkg/store/ftptest"
	"smalti/pkg/testenv"
)

// raw speaks FTP by hand.
type raw struct {
	*textproto.Conn
	t    testing.TB
	conn net.Conn
}

func dialRaw(t testing.TB, s *store.Server) *raw {
	t.Helper()
	conn, err := net.Dial("tcp", s.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	r := &raw{textproto.NewConn(conn), t, conn}
	r.reply("220")
	return r
}

func loginRaw(t testing.TB, s *store.Server) *raw {
	t.Helper()
	r := dialRaw(t, s)
	r.want("USER mosaic", "331")
	r.want("PASS "+password, "230")
	return r
}

// reply reads one reply, whose code must begin with want: "5" is any refusal.
func (r *raw) reply(want string) string {
	r.t.Helper()
	code, message, err := r.ReadResponse(0)
	if err != nil {
		r.t.Fatalf("waiting for %s: %v", want, err)
	}
	if !strings.HasPrefix(fmt.Sprint(code), want) {
		r.t.Errorf("got %d %s, want %s", code, message, want)
	}
	return message
}

func (r *raw) want(command, code string) string {
	r.t.Helper()
	if _, err := r.W.WriteString(command + "\r\n"); err != nil {
		r.t.Fatal(err)
	}
	if err := r.W.Flush(); err != nil {
		r.t.Fatal(err)
	}
	message := r.reply(code)
	if r.t.Failed() {
		r.t.Logf("the command was %q", command)
	}
	return message
}

// passiveAddr asks where to make a data connection.
func (r *raw) passiveAddr() string {
	r.t.Helper()
	message := r.want("EPSV", "229")
	var port int
	if _, err := fmt.Sscanf(message[strings.Index(message, "("):], "(|||%d|)", &port); err != nil {
		r.t.Fatal(err)
	}
	host, _, _ := net.SplitHostPort(r.conn.RemoteAddr().String())
	return net.JoinHostPort(host, fmt.Sprint(port))
}

// passive asks for a data connection and makes it.
func (r *raw) passive() net.Conn {
	r.t.Helper()
	conn, err := net.Dial("tcp", r.passiveAddr())
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { conn.Close() })
	return conn
}

func (r *raw) stor(path, data string) {
	r.t.Helper()
	conn := r.passive()
	r.want("STOR "+path, "150")
	if _, err := io.WriteString(conn, data); err != nil {
		r.t.Fatal(err)
	}
	conn.Close()
	r.reply("226")
}

func TestServerPaths(t *testing.T) {
	disk := t.TempDir()
	s := startServer(t, openDir(t, disk), store.ServerConfig{})
	r := loginRaw(t, s)
	id, other := job.NewID(), job.NewID()
	deliver(t, openDir(t, disk), other)
	in := "/incoming/" + id + ".1"
	r.want("MKD "+in, "257")
	r.want("MKD "+in, "257")
	r.want("MKD /uploads/"+id, "257")
	r.stor(in+"/poster.jpg", "x")
	r.stor("/uploads/"+id+"/photo", "x")

	for _, path := range []string{
		"/etc/passwd", "../../etc/passwd", "/../../../etc/passwd", in + "/../../../etc/passwd",
		in + "/../../.tmp/x.jpg", "/.tmp/x", "/x.jpg", "/incoming/x.jpg", in, "/incoming/" + id + "/x.jpg",
		in + "/.x.jpg", in + "/a/b.jpg", in + "/x.jpg\x00", "\x00", in + "/" + strings.Repeat("a", 200) + ".jpg",
		"/mosaics/" + other + "/poster.jpg", "/mosaics/" + other + "/new.jpg", "/mosaics/" + id + "/poster.jpg",
		"/uploads/photo", "/uploads/" + id + "/.htaccess", "/uploads/" + id + "/photo.php", "/",
	} {
		r.want("STOR "+path, "5")
		r.want("APPE "+path, "5")
		r.want("SIZE "+path+"x/", "5")
	}
	for _, command := range []string{
		"RETR /etc/passwd", "RETR ../../../../etc/passwd", "SIZE /etc/passwd", "RETR /.tmp", "CWD /.tmp", "CWD /etc",
		"LIST /etc", "NLST /.tmp", "MLSD /etc",
		"MKD /x", "MKD /incoming/" + id, "MKD /mosaics/" + id, "MKD " + in + "/sub", "MKD /uploads/x",
		"DELE /etc/passwd", "DELE " + in, "DELE /mosaics", "RMD /", "RMD /mosaics", "RMD /incoming", "RMD /etc", "RMD " + in + "/poster.jpg",
		"RNFR /etc/passwd", "RNFR /nowhere", "RNTO /mosaics/" + id,
	} {
		r.want(command, "5")
	}
	for _, rename := range [][2]string{
		{in, "/mosaics/" + id},            // no manifest
		{in, "/mosaics/" + other},         // somebody else's, and there
		{in, "/mosaics/../uploads/" + id}, //
		{in, "/etc/x"},                    //
		{in + "/poster.jpg", "/mosaics/" + other + "/poster.jpg"},             // a file into a finished mosaic
		{in + "/poster.jpg", "/uploads/" + id + "/x"},                         //
		{"/mosaics/" + other, "/mosaics/" + id},                               //
		{"/mosaics/" + other + "/poster.jpg", "/incoming/" + id + ".1/a.jpg"}, //
		{"/uploads/" + id + "/photo", "/uploads/" + other + "/photo"},         //
		{"/mosaics", "/incoming/" + id + ".2"},                                //
		{"/", "/mosaics/" + id},                                               //
	} {
		r.want("RNFR "+rename[0], "350")
		r.want("RNTO "+rename[1], "5")
	}
	if got := list(t, disk, "mosaics"); len(got) != 1 || got[0] != other {
		t.Errorf("mosaics: %v", got)
	}
	if got := list(t, disk, ".tmp"); len(got) > 0 {
		t.Errorf("temporary files: %v", got)
	}
}

func TestServerRefusesActiveModeAndNonsense(t *testing.T) {
	s := startServer(t, openDir(t, t.TempDir()), store.ServerConfig{})
	r := loginRaw(t, s)
	for _, command := range []string{
		"PORT 127,0,0,1,200,10", "EPRT |1|127.0.0.1|50000|", "LPRT 4,4,127,0,0,1,2,200,10", "REST x", "REST -1", "APPE x",
		"SITE CHMOD 777 x", "STAT", "AUTH TLS", "PBSZ 0", "PROT P", "HELP",
	} {
		r.want(command, "5")
	}
	r.want("STOR /uploads/"+job.NewID()+"/x", "425") // nowhere to take it from
	r.want("NOOP", "200")
}

func TestServerNeedsLogin(t *testing.T) {
	s := startServer(t, openDir(t, t.TempDir()), store.ServerConfig{})
	r := dialRaw(t, s)
	for _, command := range []string{
		"PWD", "EPSV", "PASV", "LIST", "NLST", "MLSD", "RETR x", "STOR x", "MKD x", "RMD x", "DELE x", "RNFR x", "RNTO x",
		"SIZE x", "CWD /", "MLST",
	} {
		r.want(command, "530")
	}
	r.want("USER mosaic", "331")
	r.want("PASS "+password+"x", "530")
	r.want("USER root", "331")
	r.want("PASS "+password, "530")
	r.want("PWD", "530")
	for range 2 {
		r.want("PASS wrong", "530")
	}
	if _, err := r.Cmd("PASS wrong"); err != nil {
		t.Fatal(err)
	}
	if _, err := r.ReadLine(); err == nil {
		t.Error("guessing may go on after five wrong passwords")
	}
}

func TestServerListings(t *testing.T) {
	disk := t.TempDir()
	dir := openDir(t, disk)
	r := loginRaw(t, startServer(t, dir, store.ServerConfig{}))
	id := job.NewID()
	deliver(t, dir, id)
	if err := os.WriteFile(filepath.Join(disk, "mosaics", "stray file"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	old := time.Now().AddDate(-1, 0, 0)
	if err := os.Chtimes(filepath.Join(disk, "mosaics", id, "plan.json"), old, old); err != nil {
		t.Fatal(err)
	}
	get := func(command string) []string {
		t.Helper()
		conn := r.passive()
		r.want(command, "150")
		data, err := io.ReadAll(conn)
		if err != nil {
			t.Fatal(err)
		}
		r.reply("226")
		return strings.Split(strings.TrimSuffix(string(data), "\r\n"), "\r\n")
	}
	if got := strings.Join(get("NLST"), " "); got != "identity incoming mosaics uploads" {
		t.Errorf("the root: %s", got)
	}
	if got := strings.Join(get("NLST /mosaics"), " "); got != id {
		t.Errorf("mosaics: %s", got)
	}
	r.want("CWD /mosaics/"+id, "250")
	if got := strings.Join(get("NLST"), " "); got != "manifest.json plan.json poster.jpg" {
		t.Errorf("a mosaic: %s", got)
	}
	wantPlan := "store            2 " + old.UTC().Format("Jan _2  2006") + " plan.json"
	if got := get("LIST -la"); len(got) != 3 || !strings.HasPrefix(got[1], "-rw") || !strings.HasSuffix(got[1], wantPlan) {
		t.Errorf("LIST: %q, want ...%q", got, wantPlan)
	}
	wantFacts := "type=file;modify=" + old.UTC().Format("20060102150405") + ";size=2; plan.json"
	if got := get("MLSD"); len(got) != 3 || got[1] != wantFacts {
		t.Errorf("MLSD: %q, want %q", got, wantFacts)
	}
	if got := r.want("PWD", "257"); !strings.Contains(got, id) {
		t.Errorf("PWD: %s", got)
	}
	if got := r.want("SIZE plan.json", "213"); got != "2" {
		t.Errorf("SIZE: %s", got)
	}
}

func TestServerCapsFiles(t *testing.T) {
	disk := t.TempDir()
	s := startServer(t, openDir(t, disk), store.ServerConfig{MaxFile: 1 << 20})
	remote := openRemote(t, store.RemoteConfig{URL: "ftp://mosaic@" + s.Addr().String(), Password: password})
	d := begin(t, remote, job.NewID(), "1")
	put(t, d, "preview.jpg", strings.Repeat("x", 1<<20))
	err := d.Put(t.Context(), "poster.jpg", func(w io.Writer) error { return writeNoise(w, 20<<20) })
	if !errors.Is(err, store.ErrFull) || !strings.Contains(err.Error(), "larger than 1048576 bytes") {
		t.Errorf("got %v, want ErrFull with the server's own words", err)
	}
	if got := list(t, disk, ".tmp"); len(got) > 0 {
		t.Errorf("partial files: %v", got)
	}
	put(t, d, "poster.jpg", "one that fits")
	if err := d.Commit(t.Context(), job.Result{}); err != nil {
		t.Error(err)
	}
}

func TestServerForgetsBrokenUpload(t *testing.T) {
	disk := t.TempDir()
	r := loginRaw(t, startServer(t, openDir(t, disk), store.ServerConfig{}))
	id := job.NewID()
	r.want("MKD /uploads/"+id, "257")
	conn := r.passive()
	r.want("STOR /uploads/"+id+"/photo", "150")
	if _, err := conn.Write(make([]byte, 100_000)); err != nil {
		t.Fatal(err)
	}
	if err := conn.(*net.TCPConn).SetLinger(0); err != nil { // a reset instead of an end
		t.Fatal(err)
	}
	conn.Close()
	r.reply("426")
	if got := append(list(t, disk, "uploads/"+id), list(t, disk, ".tmp")...); len(got) > 0 {
		t.Errorf("left: %v", got)
	}
}

func TestServerTLS(t *testing.T) {
	c := ftptest.NewCertificate(t)
	s := startServer(t, openDir(t, t.TempDir()), tlsConfig(c))
	t.Run("login in the clear", func(t *testing.T) {
		r := dialRaw(t, s)
		if got := r.want("USER mosaic", "530"); !strings.Contains(got, "TLS") {
			t.Errorf("reply: %s", got)
		}
	})
	t.Run("commands smuggled in front of TLS", func(t *testing.T) {
		r := dialRaw(t, s)
		if _, err := io.WriteString(r.conn, "AUTH TLS\r\nUSER mosaic\r\nPASS "+password+"\r\n"); err != nil {
			t.Fatal(err)
		}
		r.reply("234")
		if line, err := r.ReadLine(); err == nil {
			t.Errorf("it went on with %q", line)
		}
	})
	t.Run("data in the clear", func(t *testing.T) {
		r := dialRaw(t, s)
		r.want("AUTH TLS", "234")
		secure := tls.Client(r.conn, &tls.Config{InsecureSkipVerify: true})
		r = &raw{textproto.NewConn(secure), t, r.conn}
		r.want("USER mosaic", "331")
		r.want("PASS "+password, "230")
		r.want("PBSZ 0", "200")
		r.want("PROT C", "536")
		r.passive()
		r.want("LIST /", "522")
		r.want("AUTH TLS", "503")
		r.want("PROT P", "200")
		data := tls.Client(r.passive(), &tls.Config{InsecureSkipVerify: true})
		r.want("NLST /", "150")
		if got, err := io.ReadAll(data); err != nil || !strings.Contains(string(got), "mosaics") {
			t.Errorf("through TLS: %q, %v", got, err)
		}
		r.reply("226")
	})
}

func TestServerPassivePorts(t *testing.T) {
	dir := openDir(t, t.TempDir())
	l, err := net.Listen("tcp", "127.0.0.1:0") // some port that is free, and the next ones perhaps
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	l.Close()
	s := startServer(t, dir, store.ServerConfig{PassivePorts: fmt.Sprintf("%d-%d", port, port), PublicIP: "203.0.113.7"})
	r := loginRaw(t, s)
	for range 3 {
		want := fmt.Sprintf("(203,0,113,7,%d,%d)", port/256, port%256)
		if got := r.want("PASV", "227"); !strings.Contains(got, want) {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	other := loginRaw(t, s)
	if got := other.want("EPSV", "425"); !strings.Contains(got, "taken") {
		t.Errorf("with no port left: %s", got)
	}
}

func TestServerOverIPv6(t *testing.T) {
	l, err := net.Listen("tcp", "[::1]:0")
	if err != nil {
		t.Skipf("there is no IPv6 here: %v", err)
	}
	s := startServer(t, openDir(t, t.TempDir()), store.ServerConfig{Listener: l})
	deliver(t, openRemote(t, store.RemoteConfig{URL: "ftp://mosaic@" + l.Addr().String(), Password: password}), job.NewID())
	if got := loginRaw(t, s).want("PASV", "425"); !strings.Contains(got, "EPSV") {
		t.Errorf("PASV: %s", got)
	}
}

func TestServerConnectionCap(t *testing.T) {
	s := startServer(t, openDir(t, t.TempDir()), store.ServerConfig{MaxSessions: 2, MaxPerClient: 2})
	first, second := loginRaw(t, s), loginRaw(t, s)
	if got := login(t, s, net.IPv4(127, 0, 0, 1)); got != 421 {
		t.Errorf("the third: %d", got)
	}
	first.want("QUIT", "221")
	second.want("NOOP", "200")
	testenv.WaitFor(t, "there is room again", func() bool { return login(t, s, net.IPv4(127, 0, 0, 1)) == 230 })
}

func TestServerDropsTheSilent(t *testing.T) {
	disk := t.TempDir()
	s := startServer(t, openDir(t, disk), store.ServerConfig{Idle: 200 * time.Millisecond})
	r := loginRaw(t, s)
	if _, err := r.ReadLine(); err == nil {
		t.Error("a silent client was kept")
	}
	id := job.NewID()
	r = loginRaw(t, s)
	r.want("MKD /uploads/"+id, "257")
	conn := r.passive()
	r.want("STOR /uploads/"+id+"/photo", "150")
	if _, err := conn.Write([]byte("and then nothing")); err != nil {
		t.Fatal(err)
	}
	r.reply("426")
	if got := append(list(t, disk, "uploads/"+id), list(t, disk, ".tmp")...); len(got) > 0 {
		t.Errorf("left: %v", got)
	}
}

func TestServerRefusesEndlessLine(t *testing.T) {
	s := startServer(t, openDir(t, t.TempDir()), store.ServerConfig{})
	r := dialRaw(t, s)
	go io.WriteString(r.conn, strings.Repeat("x", 1<<20))
	if line, err := r.ReadLine(); err == nil {
		t.Errorf("got %q", line)
	}
}

// Close cuts what is going on: a control connection, one in the middle of an upload, one that waits
// for its data connection.
func TestServerClose(t *testing.T) {
	disk := t.TempDir()
	s := startServer(t, openDir(t, disk), store.ServerConfig{})
	idle, uploading, waiting := loginRaw(t, s), loginRaw(t, s), loginRaw(t, s)
	idle.want("NOOP", "200")
	id := job.NewID()
	uploading.want("MKD /uploads/"+id, "257")
	conn := uploading.passive()
	uploading.want("STOR /uploads/"+id+"/photo", "150")
	if _, err := conn.Write(make([]byte, 100_000)); err != nil {
		t.Fatal(err)
	}
	waiting.want("EPSV", "229")
	if _, err := waiting.Cmd("LIST /"); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Errorf("closing again: %v", err)
	}
	for _, r := range []*raw{idle, uploading, waiting} {
		for {
			if _, err := r.ReadLine(); err != nil {
				break
			}
		}
	}
	if got := append(list(t, disk, "uploads/"+id), list(t, disk, ".tmp")...); len(got) > 0 {
		t.Errorf("left: %v", got)
	}
	if _, err := net.Dial("tcp", s.Addr().String()); err == nil {
		t.Error("it still listens")
	}
}

func TestServerLogsNoPassword(t *testing.T) {
	var log lockedBuilder
	s := startServer(t, openDir(t, t.TempDir()), store.ServerConfig{
		Log: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	r := dialRaw(t, s)
	r.want("USER mosaic", "331")
	r.want("pAsS "+password, "230")
	r.want("PASS\t"+password, "5")
	r.want("MKD /uploads", "257")
	s.Close()
	if got := log.String(); strings.Contains(got, password) || !strings.Contains(got, "MKD") {
		t.Errorf("the log:\n%s", got)
	}
}

type lockedBuilder struct {
	mu sync.Mutex
	strings.Builder
}

func (b *lockedBuilder) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Builder.Write(p)
}

func TestServerConfig(t *testing.T) {
	_, err := store.StartServer(openDir(t, t.TempDir()), store.ServerConfig{
		Addr: "127.0.0.1:0", Password: "secret", RequireTLS: true, PassivePorts: "9-1", PublicIP: "::1", MaxFile: -1,
	})
	if err == nil {
		t.Fatal("it started")
	}
	for _, want := range []string{"user and a password", "TLS", `"9-1"`, `"::1"`, "negative"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in: %v", want, err)
		}
	}
	if strings.Contains(err.Error(), "secret") {
		t.Errorf("the password is in: %v", err)
	}
}
