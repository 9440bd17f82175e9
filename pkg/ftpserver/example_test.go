package ftpserver_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/textproto"
	"strings"
	"testing/fstest"

	"smalti/pkg/ftpserver"
)

// readOnly serves files that clients can only read.
type readOnly struct{ fstest.MapFS }

func rel(name string) string { return strings.TrimPrefix(name, "/") }

func (f readOnly) Ping(context.Context) error { return nil }
func (f readOnly) Stat(_ context.Context, name string) (fs.FileInfo, error) {
	return f.MapFS.Stat(rel(name))
}
func (f readOnly) ReadDir(context.Context, string) ([]fs.FileInfo, error) {
	return nil, fs.ErrPermission
}
func (f readOnly) Open(_ context.Context, name string, _ int64) (io.ReadCloser, error) {
	return f.MapFS.Open(rel(name))
}
func (f readOnly) Create(context.Context, string, int64) (func(io.Reader, func()) error, error) {
	return nil, errors.New("read-only")
}
func (f readOnly) Mkdir(context.Context, string) error            { return fs.ErrPermission }
func (f readOnly) RemoveDir(context.Context, string) error        { return fs.ErrPermission }
func (f readOnly) RemoveFile(context.Context, string) error       { return fs.ErrPermission }
func (f readOnly) Rename(context.Context, string, string) error   { return fs.ErrPermission }
func (f readOnly) SHA256(context.Context, string) (string, error) { return "", fs.ErrPermission }

func Example() {
	files := readOnly{fstest.MapFS{"poster.jpg": {Data: []byte("a mosaic")}}}
	s, err := ftpserver.Start(files, ftpserver.Config{Addr: "127.0.0.1:0", User: "smalti", Password: "correct horse battery"})
	if err != nil {
		panic(err)
	}
	defer func() { _ = s.Close() }()

	c, err := textproto.Dial("tcp", s.Addr().String())
	if err != nil {
		panic(err)
	}
	defer func() { _ = c.Close() }()
	for _, command := range []string{"USER smalti", "PASS correct horse battery", "SIZE poster.jpg", "DELE poster.jpg", "STOR poster.jpg", "QUIT"} {
		_ = c.PrintfLine("%s", command)
	}
	for range 7 {
		line, _ := c.ReadLine()
		fmt.Println(line)
	}
	// Output:
	// 220 Ready.
	// 331 Password required.
	// 230 Logged in.
	// 213 8
	// 550 permission denied
	// 553 read-only
	// 221 Goodbye.
}
