package ftpserver_test

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"smalti/pkg/ftpserver"
	"smalti/pkg/ftptest"
	"smalti/pkg/job"
)

func TestRefusesActiveModeAndNonsense(t *testing.T) {
	s, _ := start(t, ftpserver.Config{})
	r, path := uploading(t, s)
	for _, command := range []string{
		"PORT 127,0,0,1,200,10", "EPRT |1|127.0.0.1|50000|", "LPRT 4,4,127,0,0,1,2,200,10", "REST x", "REST -1", "APPE x",
		"SITE CHMOD 777 x", "STAT", "AUTH TLS", "PBSZ 0", "PROT P", "HELP", "RETR", "TYPE E", "MODE B", "STRU R", "RNTO /uploads", "USER again",
	} {
		r.Want(command, "5")
	}
	r.Want("STOR "+path, "425") // nowhere to take it from
	r.Want("NOOP", "200")
}

func TestNeedsLogin(t *testing.T) {
	s, _ := start(t, ftpserver.Config{})
	r := dial(t, s)
	for _, command := range []string{
		"PWD", "EPSV", "PASV", "LIST", "NLST", "MLSD", "RETR x", "STOR x", "APPE x", "REST 1", "MKD x", "RMD x", "DELE x",
		"RNFR x", "RNTO x", "SIZE x", "MDTM x", "XSHA256 x", "CWD /", "CDUP", "MLST",
	} {
		r.Want(command, "530")
	}
	r.Want("PASS "+password, "503")
	r.Want("USER mosaic", "331")
	r.Want("PASS "+password+"x", "530")
	r.Want("USER root", "331")
	r.Want("PASS "+password, "530")
	r.Want("PWD", "530")
	for range 2 {
		r.Want("PASS wrong", "530")
	}
	if _, err := r.Cmd("PASS wrong"); err != nil {
		t.Fatal(err)
	}
	if _, err := r.ReadLine(); err == nil {
		t.Error("guessing may go on after five wrong passwords")
	}
}

func TestFiles(t *testing.T) {
	s, disk := start(t, ftpserver.Config{})
	r, path := uploading(t, s)
	dir := filepath.Dir(path)
	r.Store(path, "a photo")
	old := time.Now().AddDate(-1, 0, 0)
	if err := os.Chtimes(filepath.Join(disk, path), old, old); err != nil {
		t.Fatal(err)
	}
	facts := "type=file;modify=" + old.UTC().Format("20060102150405") + ";size=7; "
	r.Want("PWD", "257")
	r.Want("CWD "+dir, "250")
	if got := r.Want("PWD", "257"); !strings.HasPrefix(got, `"`+dir+`"`) {
		t.Errorf("PWD: %s", got)
	}
	for command, want := range map[string]string{
		"SIZE photo": "7", "MDTM photo": old.UTC().Format("20060102150405"),
	} {
		if got := r.Want(command, "2"); got != want {
			t.Errorf("%s: %s, want %s", command, got, want)
		}
	}
	if got := r.Want("MLST photo", "250"); !strings.Contains(got, "\n "+facts+path+"\n") {
		t.Errorf("MLST: %q", got)
	}
	for command, want := range map[string]string{
		"NLST": "photo\r\n", "MLSD": facts + "photo\r\n", "MLSD " + dir: facts + "photo\r\n", "RETR photo": "a photo",
		"LIST -la": "-rw-r----- 1 smalti store            7 " + old.UTC().Format("Jan _2  2006") + " photo\r\n",
	} {
		if got := r.Fetch(command); got != want {
			t.Errorf("%s: %q, want %q", command, got, want)
		}
	}
	r.Want("REST 2", "350")
	r.Want("NOOP", "200")
	if got := r.Fetch("RETR photo"); got != "a photo" {
		t.Errorf("RETR after NOOP: %q; REST is for the next command only", got)
	}
	r.Want("RNFR photo", "350")
	r.Want("NOOP", "200")
	r.Want("RNTO other", "503")
	r.Want("CDUP", "250")
	r.Want("CWD "+path, "550")
	r.Want("SIZE "+dir, "550")
	r.Want("RMD "+dir, "550") // not empty
	r.Want("DELE "+path, "250")
	r.Want("RMD "+dir, "250")
	r.Want("QUIT", "221")
	if _, err := r.ReadLine(); !errors.Is(err, io.EOF) {
		t.Errorf("after QUIT: %v", err)
	}
}

// What FEAT lists works, and what it does not list is not used by clients.
func TestFeatures(t *testing.T) {
	s, _ := start(t, ftpserver.Config{})
	r := login(t, s)
	if got, want := r.Want("FEAT", "211"), "Features:\n EPSV\n MDTM\n MLST type*;modify*;size*;\n REST STREAM\n SIZE\n XSHA256\nEnd."; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	for command, code := range map[string]string{
		"SYST": "215", "TYPE I": "200", "TYPE A": "200", "MODE S": "200", "STRU F": "200", "OPTS UTF8 ON": "200", "OPTS MLST size;": "501",
		"ALLO 7": "202", "ABOR": "226", "noop": "200", "EPSV ALL": "200", "SITE": "500",
	} {
		r.Want(command, code)
	}
}

func TestTLS(t *testing.T) {
	c := ftptest.NewCertificate(t)
	s, _ := start(t, ftpserver.Config{TLS: &tls.Config{Certificates: []tls.Certificate{c.TLS}}, RequireTLS: true})
	client := &tls.Config{InsecureSkipVerify: true}
	t.Run("login in the clear", func(t *testing.T) {
		r := dial(t, s)
		if got := r.Want("USER mosaic", "530"); !strings.Contains(got, "TLS") {
			t.Errorf("reply: %s", got)
		}
	})
	t.Run("commands smuggled in front of TLS", func(t *testing.T) {
		r := dial(t, s)
		if _, err := io.WriteString(r.Net, "AUTH TLS\r\nUSER mosaic\r\nPASS "+password+"\r\n"); err != nil {
			t.Fatal(err)
		}
		r.Reply("234")
		if line, err := r.ReadLine(); err == nil {
			t.Errorf("it went on with %q", line)
		}
	})
	t.Run("data in the clear", func(t *testing.T) {
		r := dial(t, s)
		r.Want("AUTH SSL", "504")
		r.Want("AUTH TLS", "234")
		r = r.Over(tls.Client(r.Net, client))
		r.Login("mosaic", password)
		r.Want("PBSZ 0", "200")
		r.Want("PROT C", "536")
		r.Passive()
		r.Want("LIST /", "522")
		r.Want("AUTH TLS", "503")
		r.Want("PROT P", "200")
		data := tls.Client(r.Passive(), client)
		r.Want("NLST /", "150")
		if got, err := io.ReadAll(data); err != nil || !strings.Contains(string(got), "mosaics") {
			t.Errorf("through TLS: %q, %v", got, err)
		}
		r.Reply("226")
	})
}

func TestPassivePorts(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0") // a port that is free, most likely
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	l.Close()
	s, _ := start(t, ftpserver.Config{PassivePorts: fmt.Sprintf("%d-%d", port, port), PublicIP: "203.0.113.7"})
	ftpserver.SetPortWait(s, 100*time.Millisecond)
	r := login(t, s)
	for range 3 {
		want := fmt.Sprintf("(203,0,113,7,%d,%d)", port/256, port%256)
		if got := r.Want("PASV", "227"); !strings.Contains(got, want) {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	other := login(t, s)
	if got := other.Want("EPSV", "425"); !strings.Contains(got, "taken") {
		t.Errorf("with no port left: %s", got)
	}
}

func TestOverIPv6(t *testing.T) {
	l, err := net.Listen("tcp", "[::1]:0")
	if err != nil {
		t.Skipf("there is no IPv6 here: %v", err)
	}
	s, _ := start(t, ftpserver.Config{Listener: l})
	r, path := uploading(t, s)
	r.Store(path, "a photo")
	if got := r.Want("PASV", "425"); !strings.Contains(got, "EPSV") {
		t.Errorf("PASV: %s", got)
	}
}

// Close cuts what is going on: a control connection, one in the middle of an upload, one that waits
// for its data connection.
func TestClose(t *testing.T) {
	s, disk := start(t, ftpserver.Config{})
	idle, waiting := login(t, s), login(t, s)
	r, path := uploading(t, s)
	idle.Want("NOOP", "200")
	conn := r.Passive()
	r.Want("STOR "+path, "150")
	if _, err := conn.Write(make([]byte, 100_000)); err != nil {
		t.Fatal(err)
	}
	waiting.Want("EPSV", "229")
	if _, err := waiting.Cmd("LIST /"); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Errorf("closing again: %v", err)
	}
	for _, r := range []*ftptest.Client{idle, r, waiting} {
		for {
			if _, err := r.ReadLine(); err != nil {
				break
			}
		}
	}
	wantEmpty(t, filepath.Dir(filepath.Join(disk, path)), filepath.Join(disk, ".tmp"))
	if _, err := net.Dial("tcp", s.Addr().String()); err == nil {
		t.Error("it still listens")
	}
}

func wantEmpty(t testing.TB, dirs ...string) {
	t.Helper()
	for _, dir := range dirs {
		if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
			t.Errorf("%s holds %v (%v)", dir, entries, err)
		}
	}
}

func TestLogsNoPassword(t *testing.T) {
	var log lockedBuilder
	s, _ := start(t, ftpserver.Config{
		Log: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	r := dial(t, s)
	r.Want("USER mosaic", "331")
	r.Want("pAsS "+password, "230")
	r.Want("PASS\t"+password, "5")
	r.Want("XPASS "+password, "5")
	r.Want("MKD /uploads/"+job.NewID(), "257")
	s.Close()
	if got := log.String(); strings.Contains(got, "staple") || !strings.Contains(got, "MKD") {
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

func TestConfig(t *testing.T) {
	_, err := ftpserver.Start(nil, ftpserver.Config{
		Addr: "127.0.0.1:0", Password: "secret", RequireTLS: true, PassivePorts: "9-1", PublicIP: "::1", MaxSessions: -1,
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
