package store_test

import (
	"crypto/tls"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"

	"smalti/pkg/ftpserver"
	"smalti/pkg/ftptest"
	"smalti/pkg/job"
	"smalti/pkg/store"
	"smalti/pkg/store/dirstore"
	"smalti/pkg/store/ftpstore"
	"smalti/pkg/store/ftpview"
	"smalti/pkg/store/pairstore"
	"smalti/pkg/testenv"
)

func TestMain(m *testing.M) {
	testenv.Parallel(8)
	goleak.VerifyTestMain(m)
}

// place is a store together with the directory that it ends in.
type place struct {
	store.Store
	disk   string
	server *ftptest.Server // nil where it is no program of its own
	config ftpstore.Config // of a store behind a server
}

type kind struct {
	name string
	open func(t testing.TB) place
}

// daemons are the servers that are programs of their own.
var daemons = []ftptest.Kind{ftptest.VSFTPD, ftptest.ProFTPD, ftptest.PureFTPd}

func kinds() []kind {
	all := []kind{{"Dir", dirPlace}, {"Server", serverPlace}, {"ServerTLS", serverTLSPlace}, {"Pair", pairPlace}}
	for _, d := range daemons {
		all = append(all,
			kind{string(d), func(t testing.TB) place { return daemonPlace(t, ftptest.Start(t, d, ftptest.Options{})) }},
			kind{string(d) + "TLS", func(t testing.TB) place { return daemonPlace(t, ftptest.Start(t, d, ftptest.Options{TLS: true})) }})
	}
	return all
}

// everywhere runs a test against each kind of store, a new one each time, beside other tests.
func everywhere(t *testing.T, test func(t *testing.T, p place)) {
	t.Parallel()
	for _, k := range kinds() {
		t.Run(k.name, func(t *testing.T) {
			t.Parallel()
			test(t, k.open(t))
		})
	}
}

// oneByOne is everywhere for tests that look at the whole process.
func oneByOne(t *testing.T, test func(t *testing.T, p place)) {
	for _, k := range kinds() {
		t.Run(k.name, func(t *testing.T) { test(t, k.open(t)) })
	}
}

// make puts a file into the store behind its back, with directories for it.
func (p place) make(t testing.TB, name, data string) {
	t.Helper()
	file := filepath.Join(p.disk, name)
	p.makeDir(t, filepath.Dir(name))
	if err := os.WriteFile(file, []byte(data), 0o644); err != nil {
		t.Fatal(err)
	}
	p.give(t, file)
}

func (p place) makeDir(t testing.TB, name string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Join(p.disk, name), 0o755); err != nil {
		t.Fatal(err)
	}
	for ; name != "."; name = filepath.Dir(name) {
		p.give(t, filepath.Join(p.disk, name))
	}
}

// give makes a file or directory the server's own.
func (p place) give(t testing.TB, file string) {
	t.Helper()
	if p.server == nil {
		return
	}
	if err := os.Chown(file, p.server.UID, -1); err != nil {
		t.Fatal(err)
	}
}

func dirPlace(t testing.TB) place {
	disk := t.TempDir()
	return place{Store: openDir(t, disk), disk: disk}
}

func serverPlace(t testing.TB) place {
	disk := t.TempDir()
	s := startServer(t, openDir(t, disk), ftpserver.Config{})
	return remotePlace(t, disk, nil, ftpstore.Config{URL: "ftp://mosaic@" + s.Addr().String(), Password: password})
}

// pairPlace is a pair whose first store works: that is where everything is to be found.
func pairPlace(t testing.TB) place {
	first := serverPlace(t)
	return place{Store: pairstore.New(first.Store.(*ftpstore.Store), serverPlace(t).Store.(*ftpstore.Store)), disk: first.disk}
}

func serverTLSPlace(t testing.TB) place {
	disk := t.TempDir()
	c := ftptest.NewCertificate(t)
	s := startServer(t, openDir(t, disk), tlsConfig(c))
	return remotePlace(t, disk, nil, ftpstore.Config{
		URL: "ftps://mosaic@" + s.Addr().String(), Password: password, CAFile: c.CAFile,
	})
}

func tlsConfig(c ftptest.Certificate) ftpserver.Config {
	return ftpserver.Config{TLS: &tls.Config{Certificates: []tls.Certificate{c.TLS}}, RequireTLS: true}
}

func daemonPlace(t testing.TB, s *ftptest.Server) place {
	return remotePlace(t, s.Dir, s, ftpstore.Config{URL: s.URL, Password: s.Password, CAFile: s.CAFile})
}

func remotePlace(t testing.TB, disk string, s *ftptest.Server, c ftpstore.Config) place {
	return place{openRemote(t, c), disk, s, c}
}

const password = "correct horse battery staple"

func openDir(t testing.TB, disk string) *dirstore.Store {
	t.Helper()
	d, err := dirstore.Open(disk)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

func startServer(t testing.TB, d *dirstore.Store, c ftpserver.Config) *ftpserver.Server {
	t.Helper()
	return serve(t, d, ftpview.Limits{}, c)
}

func startLimited(t testing.TB, d *dirstore.Store, l ftpview.Limits) *ftpserver.Server {
	t.Helper()
	return serve(t, d, l, ftpserver.Config{})
}

func serve(t testing.TB, d *dirstore.Store, l ftpview.Limits, c ftpserver.Config) *ftpserver.Server {
	t.Helper()
	c.User, c.Password = "mosaic", password
	if c.Addr == "" {
		c.Addr = "127.0.0.1:0"
	}
	s, err := ftpview.Serve(d, l, c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func openRemote(t testing.TB, c ftpstore.Config) *ftpstore.Store {
	t.Helper()
	if c.Patience == 0 {
		c.Patience = time.Second // some servers of tests are never ready
	}
	r, err := ftpstore.New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

// put delivers data in one piece.
func put(t testing.TB, d store.Delivery, name, data string) {
	t.Helper()
	if err := d.Put(t.Context(), name, text(data)); err != nil {
		t.Fatal(err)
	}
}

func text(data string) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, data)
		return err
	}
}

func begin(t testing.TB, s store.Store, id, token string) store.Delivery {
	t.Helper()
	d, err := s.Deliver(t.Context(), id, token)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// deliver delivers a small mosaic.
func deliver(t testing.TB, s store.Store, id string) {
	t.Helper()
	d := begin(t, s, id, "1-a")
	put(t, d, "poster.jpg", "poster of "+id)
	put(t, d, "plan.json", "{}")
	if err := d.Commit(t.Context(), result()); err != nil {
		t.Fatal(err)
	}
}

func result() job.Result {
	return job.Result{
		Columns: 3, Rows: 2, Width: 24, Height: 16, Friends: 5, Missing: 1,
		Files: []string{"poster.jpg", "plan.json"},
	}
}

func read(t testing.TB, r io.ReadCloser, err error) string {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// loginRaw speaks FTP by hand.
func loginRaw(t testing.TB, s *ftpserver.Server) *ftptest.Client {
	t.Helper()
	c := ftptest.Dial(t, s.Addr().String())
	c.Login("mosaic", password)
	return c
}
