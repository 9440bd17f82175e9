package store_test

import (
	"context"
	"fmt"
	"io"
	"os"

	"smalti/pkg/ftpserver"
	"smalti/pkg/job"
	"smalti/pkg/store/dirstore"
	"smalti/pkg/store/ftpstore"
	"smalti/pkg/store/ftpview"
)

// A store in a directory, served by FTP, and a worker's delivery through that.
func Example() {
	home, err := os.MkdirTemp("", "store")
	check(err)
	defer func() { _ = os.RemoveAll(home) }()
	dir, err := dirstore.Open(home)
	check(err)
	defer func() { _ = dir.Close() }()
	server, err := ftpview.Serve(dir, ftpview.Limits{Bytes: 1 << 30}, ftpserver.Config{
		Addr: "127.0.0.1:0", User: "smalti", Password: "correct horse battery",
	})
	check(err)
	defer func() { _ = server.Close() }()

	remote, err := ftpstore.New(ftpstore.Config{URL: "ftp://smalti@" + server.Addr().String(), Password: "correct horse battery"})
	check(err)
	defer func() { _ = remote.Close() }()
	ctx, id := context.Background(), job.NewID()
	d, err := remote.Deliver(ctx, id, "attempt-1")
	check(err)
	defer d.Abort(ctx)
	check(d.Put(ctx, "poster.jpg", func(w io.Writer) error {
		_, err := io.WriteString(w, "a mosaic")
		return err
	}))
	check(d.Commit(ctx, job.Result{Files: []string{"poster.jpg"}}))

	m, err := dir.Manifest(ctx, id)
	check(err)
	fmt.Println(m.Files[0].Name, m.Files[0].Bytes, "bytes")
	// Output: poster.jpg 8 bytes
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
