package store_test

import (
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"testing"

	"smalti/pkg/job"
	"smalti/pkg/store"
	"smalti/pkg/testenv"
)

// uploader delivers a poster by hand.
type uploader struct {
	*raw
	server *store.Server
	id     string
	path   string // for the client
	file   string // on the disk
}

func startUploader(t *testing.T, c store.ServerConfig) *uploader {
	t.Helper()
	disk := t.TempDir()
	u := &uploader{server: startServer(t, openDir(t, disk), c), id: job.NewID()}
	u.raw = loginRaw(t, u.server)
	u.path = "/incoming/" + u.id + ".1/poster.jpg"
	u.file = filepath.Join(disk, u.path)
	u.want("MKD /incoming/"+u.id+".1", "257")
	return u
}

// send uploads data and waits for the reply. The last of the commands takes the data.
func (u *uploader) send(data, code string, commands ...string) {
	u.t.Helper()
	conn := u.start(data, commands...)
	conn.Close()
	u.reply(code)
}

// start uploads data and leaves the connection open.
func (u *uploader) start(data string, commands ...string) net.Conn {
	u.t.Helper()
	conn := u.passive()
	for i, c := range commands {
		code := "350"
		if i == len(commands)-1 {
			code = "150"
		}
		u.want(c, code)
	}
	_, _ = io.WriteString(conn, data) // the server may have had enough before its end
	return conn
}

// has waits until the poster is of a size on the disk.
func (u *uploader) has(size int) {
	u.t.Helper()
	testenv.WaitFor(u.t, fmt.Sprint("there are bytes: ", size), func() bool {
		info, err := os.Stat(u.file)
		return err == nil && info.Size() == int64(size)
	})
}

func (u *uploader) wantPoster(want string) {
	u.t.Helper()
	got, err := os.ReadFile(u.file)
	if err != nil || string(got) != want {
		u.t.Errorf("the poster is %.40q of %d bytes (%v), want %.40q of %d", got, len(got), err, want, len(want))
	}
}
