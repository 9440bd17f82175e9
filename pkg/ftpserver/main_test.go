package ftpserver_test

import (
	"net"
	"testing"

	"go.uber.org/goleak"

	"smalti/pkg/ftpserver"
	"smalti/pkg/ftptest"
	"smalti/pkg/job"
	"smalti/pkg/store/dirstore"
	"smalti/pkg/store/ftpview"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const password = "correct horse battery staple"

// start serves an empty store.
func start(t testing.TB, c ftpserver.Config) (s *ftpserver.Server, disk string) {
	t.Helper()
	disk = t.TempDir()
	dir, err := dirstore.Open(disk)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = dir.Close() })
	c.User, c.Password = "mosaic", password
	if c.Addr == "" {
		c.Addr = "127.0.0.1:0"
	}
	if s, err = ftpview.Serve(dir, ftpview.Limits{}, c); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s, disk
}

func dial(t testing.TB, s *ftpserver.Server) *ftptest.Client {
	t.Helper()
	return ftptest.Dial(t, s.Addr().String())
}

func login(t testing.TB, s *ftpserver.Server) *ftptest.Client {
	t.Helper()
	c := dial(t, s)
	c.Login("mosaic", password)
	return c
}

// uploading is a client that may upload a file to a path.
func uploading(t testing.TB, s *ftpserver.Server) (c *ftptest.Client, path string) {
	t.Helper()
	c = login(t, s)
	dir := "/uploads/" + job.NewID()
	c.Want("MKD "+dir, "257")
	return c, dir + "/photo"
}

// dialFrom connects from another loopback address.
func dialFrom(t testing.TB, ip net.IP, addr string) net.Conn {
	t.Helper()
	conn, err := (&net.Dialer{LocalAddr: &net.TCPAddr{IP: ip}}).Dial("tcp", addr)
	if err != nil {
		t.Skipf("there is no second loopback address here: %v", err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}
