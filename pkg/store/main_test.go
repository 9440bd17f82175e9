package store_test

import (
	"context"
	"crypto/tls"
	"io"
	"testing"
	"time"

	"go.uber.org/goleak"

	"smalti/pkg/job"
	"smalti/pkg/store"
	"smalti/pkg/store/ftptest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// storage is what every store can do.
type storage interface {
	Ping(ctx context.Context) error
	Deliver(ctx context.Context, id, token string) (*store.Delivery, error)
	Manifest(ctx context.Context, id string) (*store.Manifest, error)
	Open(ctx context.Context, id, name string) (io.ReadCloser, error)
	Delete(ctx context.Context, id string) error
	PutUpload(ctx context.Context, id, name string, r io.Reader, limit int64) error
	OpenUpload(ctx context.Context, id, name string) (io.ReadCloser, error)
	DeleteUploads(ctx context.Context, id string) error
}

// place is a store together with the directory that it ends in.
type place struct {
	storage
	disk string
}

// everywhere runs a test against each kind of store, a new one each time.
func everywhere(t *testing.T, test func(t *testing.T, p place)) {
	for _, kind := range []struct {
		name string
		open func(t testing.TB) place
	}{
		{"Dir", dirPlace},
		{"Server", serverPlace},
		{"ServerTLS", serverTLSPlace},
		{"Vsftpd", func(t testing.TB) place { return daemonPlace(t, ftptest.Vsftpd(t)) }},
		{"VsftpdTLS", func(t testing.TB) place { return daemonPlace(t, ftptest.VsftpdTLS(t)) }},
	} {
		t.Run(kind.name, func(t *testing.T) { test(t, kind.open(t)) })
	}
}

func dirPlace(t testing.TB) place {
	disk := t.TempDir()
	return place{openDir(t, disk), disk}
}

func serverPlace(t testing.TB) place {
	disk := t.TempDir()
	s := startServer(t, openDir(t, disk), store.ServerConfig{})
	return place{openRemote(t, store.RemoteConfig{URL: "ftp://mosaic@" + s.Addr().String(), Password: password}), disk}
}

func serverTLSPlace(t testing.TB) place {
	disk := t.TempDir()
	c := ftptest.NewCertificate(t)
	s := startServer(t, openDir(t, disk), tlsConfig(c))
	r := openRemote(t, store.RemoteConfig{
		URL: "ftps://mosaic@" + s.Addr().String(), Password: password, CAFile: c.CAFile,
	})
	return place{r, disk}
}

func tlsConfig(c ftptest.Certificate) store.ServerConfig {
	return store.ServerConfig{TLS: &tls.Config{Certificates: []tls.Certificate{c.TLS}}, RequireTLS: true}
}

func daemonPlace(t testing.TB, s ftptest.Server) place {
	return place{openRemote(t, store.RemoteConfig{URL: s.URL, Password: s.Password, CAFile: s.CAFile}), s.Dir}
}

const password = "correct horse battery staple"

func openDir(t testing.TB, disk string) *store.Dir {
	t.Helper()
	d, err := store.OpenDir(disk)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

func startServer(t testing.TB, d *store.Dir, c store.ServerConfig) *store.Server {
	t.Helper()
	c.User, c.Password = "mosaic", password
	if c.Addr == "" {
		c.Addr = "127.0.0.1:0"
	}
	s, err := store.StartServer(d, c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func openRemote(t testing.TB, c store.RemoteConfig) *store.Remote {
	t.Helper()
	r, err := store.NewRemote(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

// put delivers data in one piece.
func put(t testing.TB, d *store.Delivery, name, data string) {
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

func begin(t testing.TB, s storage, id, token string) *store.Delivery {
	t.Helper()
	d, err := s.Deliver(t.Context(), id, token)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// deliver delivers a small mosaic.
func deliver(t testing.TB, s storage, id string) {
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

// eventually waits for something that another process or goroutine does.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("it did not happen: %s", what)
		}
	}
}
