package store_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"smalti/pkg/ftpserver"
	"smalti/pkg/ftptest"
	"smalti/pkg/job"
	"smalti/pkg/store"
	"smalti/pkg/store/ftpstore"
	"smalti/pkg/testenv"
)

const (
	shortIdle = 300 * time.Millisecond
	inTime    = 5 * time.Second // far above shortIdle, far below a test's own limit
)

// liar is an FTP server that gives the answers of a script, and those of a polite server to what is
// not in it. An empty answer is silence; "-" hangs up. To STOR it reads everything, then answers.
type liar struct {
	net.Listener
	script map[string]string
	conns  sync.WaitGroup
}

func startLiar(t *testing.T, script map[string]string) *liar {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &liar{Listener: l, script: script}
	s.conns.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			s.conns.Go(func() { s.serve(conn) })
		}
	})
	t.Cleanup(func() { l.Close(); s.conns.Wait() })
	return s
}

func (s *liar) serve(conn net.Conn) {
	defer conn.Close()
	var data net.Listener
	say := func(command, polite string) bool {
		if scripted, ok := s.script[command]; ok {
			polite = scripted
		}
		if polite == "-" {
			return false
		}
		if polite != "" {
			fmt.Fprintf(conn, "%s\r\n", polite)
		}
		return true
	}
	lines := bufio.NewScanner(conn)
	for ok := say("", "220 hello"); ok && lines.Scan(); {
		command, param, _ := strings.Cut(lines.Text(), " ")
		switch command {
		case "USER":
			ok = say(command, "331 who?")
		case "PASS":
			ok = say(command, strings.ReplaceAll("230 welcome", "%s", param))
		case "PWD":
			ok = say(command, `257 "/"`)
		case "MKD":
			ok = say(command, "257 made")
		case "EPSV":
			var err error
			if data, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
				return
			}
			defer data.Close()
			ok = say(command, fmt.Sprintf("229 there (|||%d|)", data.Addr().(*net.TCPAddr).Port))
		case "STOR":
			fmt.Fprintf(conn, "150 go\r\n")
			if peer, err := data.Accept(); err == nil {
				_, _ = io.Copy(io.Discard, peer)
				peer.Close()
			}
			ok = say(command, "226 thanks")
		case "SIZE", "RETR", "CWD", "RMD":
			ok = say(command, "550 no such thing")
		case "QUIT":
			return
		default:
			ok = say(command, "200 fine")
		}
	}
}

func (s *liar) remote(t *testing.T) *ftpstore.Store {
	return openRemote(t, ftpstore.Config{
		URL: "ftp://mosaic@" + s.Addr().String(), Password: password, Idle: shortIdle,
	})
}

// Whatever a server does, every call returns an error within its deadlines.
func TestRemoteAgainstBadServers(t *testing.T) {
	t.Parallel()
	for name, script := range map[string]map[string]string{
		"silent from the start":     {"": ""},
		"not an FTP server":         {"": "SSH-2.0-OpenSSH_9.2"},
		"busy":                      {"": "421 too many users"},
		"hangs up":                  {"": "-"},
		"silent after USER":         {"USER": ""},
		"wrong password":            {"PASS": "530 no"},
		"silent after PASS":         {"PASS": ""},
		"silent after PWD":          {"PWD": ""},
		"hangs up after PWD":        {"PWD": "-"},
		"no PWD":                    {"PWD": "257 nowhere"},
		"silent for data":           {"EPSV": ""},
		"silent after the upload":   {"STOR": ""},
		"hangs up after the upload": {"STOR": "-"},
		"quota":                     {"STOR": "552 quota exceeded"},
		"full":                      {"STOR": "452 disk full"},
		"broken":                    {"STOR": "451 local error"},
		"silent for SIZE":           {"SIZE": ""},
		"no SIZE":                   {"SIZE": "500 what?"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := startLiar(t, script).remote(t)
			began := time.Now()
			d, err := r.Deliver(t.Context(), job.NewID(), "1")
			if err == nil {
				err = d.Put(t.Context(), "poster.jpg", text(strings.Repeat("x", 100)))
				if err == nil {
					t.Fatal("it was delivered")
				}
				d.Abort(t.Context())
			}
			if took := time.Since(began); took > inTime {
				t.Errorf("it took %v", took)
			}
			if !strings.Contains(err.Error(), "127.0.0.1:") {
				t.Errorf("the error does not say where: %v", err)
			}
			if full := name == "quota" || name == "full"; full != errors.Is(err, store.ErrFull) {
				t.Errorf("ErrFull: %v", err)
			}
			if errors.Is(err, store.ErrNotFound) {
				t.Errorf("ErrNotFound: %v", err)
			}
		})
	}
}

func TestRemoteSeesTruncatedUpload(t *testing.T) {
	t.Parallel()
	r := startLiar(t, map[string]string{"SIZE": "213 60"}).remote(t)
	d := begin(t, r, job.NewID(), "1")
	err := d.Put(t.Context(), "poster.jpg", text(strings.Repeat("x", 100)))
	if err == nil || !strings.Contains(err.Error(), "60 bytes of 100") {
		t.Errorf("got %v", err)
	}
	err = r.PutUpload(t.Context(), job.NewID(), "photo", strings.NewReader(strings.Repeat("x", 100)), 1000)
	if err == nil || !strings.Contains(err.Error(), "60 bytes of 100") {
		t.Errorf("got %v", err)
	}
}

func TestRemoteNeverShowsThePassword(t *testing.T) {
	for _, echo := range []string{"530 %s is wrong", "230-so it is %s\r\n230 %s", "SSH %s"} {
		s := startLiar(t, map[string]string{"PASS": strings.ReplaceAll(echo, "%s", password), "PWD": "500 " + password})
		err := s.remote(t).Ping(t.Context())
		if err == nil {
			t.Errorf("%s: no error", echo)
		} else if strings.Contains(fmt.Sprintf("%v %+v %#v", err, err, err.Error()), password) {
			t.Errorf("the password is in: %v", err)
		}
	}
}

func TestRemoteWrongPassword(t *testing.T) {
	t.Parallel()
	embedded := startServer(t, openDir(t, t.TempDir()), ftpserver.Config{})
	for name, url := range map[string]func(t *testing.T) string{
		"Server":    func(*testing.T) string { return "ftp://mosaic@" + embedded.Addr().String() },
		"vsftpd":    func(t *testing.T) string { return ftptest.Start(t, ftptest.VSFTPD, ftptest.Options{}).URL },
		"proftpd":   func(t *testing.T) string { return ftptest.Start(t, ftptest.ProFTPD, ftptest.Options{}).URL },
		"pure-ftpd": func(t *testing.T) string { return ftptest.Start(t, ftptest.PureFTPd, ftptest.Options{}).URL },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := openRemote(t, ftpstore.Config{URL: url(t), Password: "wrong-horse"})
			if err := r.Ping(t.Context()); err == nil || !strings.Contains(err.Error(), "530") {
				t.Errorf("got %v, want the server's 530", err)
			}
		})
	}
}

func TestRemoteRefusedConnection(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	r := openRemote(t, ftpstore.Config{URL: "ftp://" + l.Addr().String(), Password: "x"})
	if err := r.Ping(t.Context()); err == nil || !strings.Contains(err.Error(), "refused") {
		t.Errorf("got %v", err)
	}
}

func TestRemoteChecksCertificate(t *testing.T) {
	own, other := ftptest.NewCertificate(t), ftptest.NewCertificate(t)
	expired := ftptest.NewCertificateOf(t, "localhost", -time.Hour)
	elsewhere := ftptest.NewCertificateOf(t, "store.example", time.Hour)
	at := func(c ftptest.Certificate) string {
		return "ftps://mosaic@" + startServer(t, openDir(t, t.TempDir()), tlsConfig(c)).Addr().String()
	}
	url := at(own)
	plain := startServer(t, openDir(t, t.TempDir()), ftpserver.Config{})
	for name, test := range map[string]struct {
		ftpstore.Config
		want string
	}{
		"right":             {ftpstore.Config{URL: url, CAFile: own.CAFile}, ""},
		"unknown authority": {ftpstore.Config{URL: url, CAFile: other.CAFile}, "unknown authority"},
		"no authority":      {ftpstore.Config{URL: url}, "unknown authority"},
		"expired":           {ftpstore.Config{URL: at(expired), CAFile: expired.CAFile}, "expired"},
		"another host":      {ftpstore.Config{URL: at(elsewhere), CAFile: elsewhere.CAFile}, "127.0.0.1"},
		"no TLS at all":     {ftpstore.Config{URL: "ftps://mosaic@" + plain.Addr().String(), CAFile: own.CAFile}, "504"},
		"TLS is required":   {ftpstore.Config{URL: strings.Replace(url, "ftps", "ftp", 1)}, "use AUTH TLS"},
	} {
		t.Run(name, func(t *testing.T) {
			test.Password = password
			err := openRemote(t, test.Config).Ping(t.Context())
			switch {
			case test.want == "" && err != nil:
				t.Error(err)
			case test.want != "" && err == nil:
				t.Error("it was let in")
			case test.want != "" && !strings.Contains(err.Error(), test.want):
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}

func TestRemoteServerDiesInTheMiddle(t *testing.T) {
	disk := t.TempDir()
	dir := openDir(t, disk)
	s := startServer(t, dir, ftpserver.Config{})
	r := openRemote(t, ftpstore.Config{URL: "ftp://mosaic@" + s.Addr().String(), Password: password})
	id := job.NewID()
	d := begin(t, r, id, "1")
	began := time.Now()
	err := d.Put(t.Context(), "poster.jpg", func(w io.Writer) error {
		for n := 0; ; n++ {
			if n == 20 {
				s.Close()
			}
			if _, err := w.Write(make([]byte, 64<<10)); err != nil {
				return err
			}
		}
	})
	if err == nil || time.Since(began) > inTime {
		t.Fatalf("after %v: %v", time.Since(began), err)
	}
	// It restarts on the same port, and the same Remote works.
	startServer(t, dir, ftpserver.Config{Addr: s.Addr().String()})
	put(t, d, "poster.jpg", "x")
	if err := d.Commit(t.Context(), job.Result{}); err != nil {
		t.Fatal(err)
	}
	if _, err := dir.Manifest(t.Context(), id); err != nil {
		t.Error(err)
	}
}

// Between two files a composer may take long, and the server be restarted or hang up.
func TestRemoteOutlivesDroppedConnections(t *testing.T) {
	dir := openDir(t, t.TempDir())
	s := startServer(t, dir, ftpserver.Config{})
	r := openRemote(t, ftpstore.Config{URL: "ftp://mosaic@" + s.Addr().String(), Password: password})
	d := begin(t, r, job.NewID(), "1")
	put(t, d, "poster.jpg", "x")
	s.Close()
	startServer(t, dir, ftpserver.Config{Addr: s.Addr().String()})
	put(t, d, "plan.json", "{}")
	if err := d.Commit(t.Context(), result()); err != nil {
		t.Error(err)
	}
}

func TestRemoteCancelledWhileServerIsSilent(t *testing.T) {
	s := startLiar(t, map[string]string{"PWD": ""})
	r := openRemote(t, ftpstore.Config{URL: "ftp://mosaic@" + s.Addr().String(), Password: password})
	reason := errors.New("shutting down")
	ctx, cancel := context.WithCancelCause(t.Context())
	time.AfterFunc(50*time.Millisecond, func() { cancel(reason) })
	began := time.Now()
	if err := r.Ping(ctx); !errors.Is(err, reason) {
		t.Errorf("got %v, want %v", err, reason)
	}
	if took := time.Since(began); took > inTime {
		t.Errorf("it took %v", took)
	}
}

func TestRemoteReaderStopsEarly(t *testing.T) {
	everywhere(t, func(t *testing.T, p place) {
		id := job.NewID()
		d := begin(t, p, id, "1")
		if err := d.Put(t.Context(), "poster.jpg", func(w io.Writer) error { return writeNoise(w, 5<<20) }); err != nil {
			t.Fatal(err)
		}
		if err := d.Commit(t.Context(), job.Result{}); err != nil {
			t.Fatal(err)
		}
		for range 3 {
			r, err := p.Open(t.Context(), id, "poster.jpg")
			if err != nil {
				t.Fatal(err)
			}
			if _, err := io.ReadFull(r, make([]byte, 1000)); err != nil {
				t.Fatal(err)
			}
			if err := r.Close(); err != nil {
				t.Error(err)
			}
			if _, err := r.Read(make([]byte, 1)); err == nil {
				t.Error("it can be read after Close")
			}
		}
		if _, err := p.Manifest(t.Context(), id); err != nil {
			t.Error(err)
		}
	})
}

func TestRemoteBasePath(t *testing.T) {
	real := ftptest.Vsftpd(t)
	for name, c := range map[string]struct{ path, dir string }{
		"relative": {"/deep/down", filepath.Join(real.Dir, "deep/down")},
		"absolute": {"/" + real.Dir + "/absolute", filepath.Join(real.Dir, "absolute")},
		"none":     {"", real.Dir},
	} {
		t.Run(name, func(t *testing.T) {
			r := openRemote(t, ftpstore.Config{URL: real.URL + c.path, Password: real.Password})
			id := job.NewID()
			deliver(t, r, id) // makes the directories
			if err := r.Ping(t.Context()); err != nil {
				t.Error(err)
			}
			if _, err := os.Stat(filepath.Join(c.dir, "mosaics", id, "poster.jpg")); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestRemoteConfig(t *testing.T) {
	noPEM := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(noPEM, []byte("not PEM"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		config ftpstore.Config
		want   string // "": it is right
	}{
		{ftpstore.Config{URL: "ftp://host"}, ""},
		{ftpstore.Config{URL: "ftps://user@host:2121/base"}, ""},
		{ftpstore.Config{URL: "ftp://[::1]:2121"}, ""},
		{ftpstore.Config{URL: ""}, `begins with ""`},
		{ftpstore.Config{URL: "http://host"}, `begins with "http"`},
		{ftpstore.Config{URL: "ftp:///path"}, "no host"},
		{ftpstore.Config{URL: "ftp://user:hunter2@host"}, "holds a password"},
		{ftpstore.Config{URL: "ftp://user:hunter2@host:x"}, "invalid URL"},
		{ftpstore.Config{URL: "ftp://user@host/?x=1"}, "more than"},
		{ftpstore.Config{URL: "ftp://user@host/a%0d%0aDELE"}, "line break"},
		{ftpstore.Config{URL: "ftp://us%0aer@host/"}, "line break"},
		{ftpstore.Config{URL: "ftp://host", Password: "hunter2\n"}, "line break"},
		{ftpstore.Config{URL: "ftp://host", CAFile: noPEM}, "needs ftps"},
		{ftpstore.Config{URL: "ftps://host", CAFile: noPEM}, "no certificate"},
		{ftpstore.Config{URL: "ftps://host", CAFile: noPEM + "x"}, "reading the CA file"},
		{ftpstore.Config{URL: "ftp://host", Idle: -1}, "negative"},
		{ftpstore.Config{URL: "gopher://host", Password: "hunter2\n"}, "line break\nthe URL begins"},
	} {
		_, err := ftpstore.New(test.config)
		switch {
		case test.want == "" && err != nil:
			t.Errorf("%q: %v", test.config.URL, err)
		case test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)):
			t.Errorf("%q: got %v, want %q", test.config.URL, err, test.want)
		case err != nil && strings.Contains(err.Error(), "hunter2"):
			t.Errorf("the password is in: %v", err)
		}
	}
}

func TestRemoteClosed(t *testing.T) {
	p := serverPlace(t)
	if err := p.Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
	p.Store.(*ftpstore.Store).Close()
	if err := p.Ping(t.Context()); err == nil {
		t.Error("it goes on after Close")
	}
}

func TestRemotePingMakesTheDirectory(t *testing.T) {
	real := ftptest.Vsftpd(t)
	r := openRemote(t, ftpstore.Config{URL: real.URL + "/a/b", Password: real.Password})
	for range 2 {
		if err := r.Ping(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := os.Stat(filepath.Join(real.Dir, "a", "b")); err != nil {
		t.Error(err)
	}
	blocked := openRemote(t, ftpstore.Config{URL: real.URL + "/file/b", Password: real.Password})
	if err := os.WriteFile(filepath.Join(real.Dir, "file"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := blocked.Ping(t.Context()); err == nil {
		t.Error("a directory was made in a file")
	}
}

func TestRemoteClosesIdleConnections(t *testing.T) {
	s := startServer(t, openDir(t, t.TempDir()), ftpserver.Config{MaxSessions: 1})
	r := openRemote(t, ftpstore.Config{URL: "ftp://mosaic@" + s.Addr().String(), Password: password, Idle: shortIdle})
	if err := r.Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
	other := openRemote(t, ftpstore.Config{URL: "ftp://mosaic@" + s.Addr().String(), Password: password})
	testenv.WaitFor(t, "the one session is free again", func() bool { return other.Ping(t.Context()) == nil })
}

// An error on this side is not blamed on the server.
func TestRemoteIsNotBlamedForOurErrors(t *testing.T) {
	p := serverPlace(t)
	late := fmt.Errorf("reading the form: %w", os.ErrDeadlineExceeded)
	err := p.PutUpload(t.Context(), job.NewID(), "photo", iotest.ErrReader(late), 100)
	if !errors.Is(err, os.ErrDeadlineExceeded) || strings.Contains(err.Error(), "no answer") {
		t.Errorf("got %v", err)
	}
}
