package store_test

import (
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"testing"

	"smalti/pkg/ftpserver"
	"smalti/pkg/ftptest"
	"smalti/pkg/job"
	"smalti/pkg/store/ftpview"
	"smalti/pkg/testenv"
)

// uploader delivers a poster by hand.
type uploader struct {
	*ftptest.Client
	server *ftpserver.Server
	id     string
	path   string // for the client
	file   string // on the disk
}

func startUploader(t *testing.T, l ftpview.Limits, c ...ftpserver.Config) *uploader {
	t.Helper()
	disk := t.TempDir()
	c = append(c, ftpserver.Config{})
	u := &uploader{server: serve(t, openDir(t, disk), l, c[0]), id: job.NewID()}
	u.Client = loginRaw(t, u.server)
	u.path = "/incoming/" + u.id + ".1/poster.jpg"
	u.file = filepath.Join(disk, u.path)
	u.Want("MKD /incoming/"+u.id+".1", "257")
	return u
}

// send uploads data and waits for the reply. The last of the commands takes the data.
func (u *uploader) send(data, code string, commands ...string) {
	u.T.Helper()
	conn := u.start(data, commands...)
	conn.Close()
	u.Reply(code)
}

// start uploads data and leaves the connection open.
func (u *uploader) start(data string, commands ...string) net.Conn {
	u.T.Helper()
	conn := u.Passive()
	for i, c := range commands {
		code := "350"
		if i == len(commands)-1 {
			code = "150"
		}
		u.Want(c, code)
	}
	_, _ = io.WriteString(conn, data) // the server may have had enough before its end
	return conn
}

// has waits until the poster is of a size on the disk.
func (u *uploader) has(size int) {
	u.T.Helper()
	testenv.WaitFor(u.T, fmt.Sprint("there are bytes: ", size), func() bool {
		info, err := os.Stat(u.file)
		return err == nil && info.Size() == int64(size)
	})
}

func (u *uploader) wantPoster(want string) {
	u.T.Helper()
	got, err := os.ReadFile(u.file)
	if err != nil || string(got) != want {
		u.T.Errorf("the poster is %.40q of %d bytes (%v), want %.40q of %d", got, len(got), err, want, len(want))
	}
}
