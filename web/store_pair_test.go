package main

import (
	"image/color"
	"net/http"
	"testing"

	"smalti/pkg/ftpserver"
	"smalti/pkg/redisconn/redistest"
	"smalti/pkg/store/dirstore"
	"smalti/pkg/store/ftpview"
	"smalti/pkg/testenv"
)

// One of two stores is lost between the click and the render: the photos that came with the click are in
// the other, and everybody is in the mosaic.
func TestStoreLostBetweenClickAndRender(t *testing.T) {
	testenv.SkipSlow(t)
	for dies, name := range []string{"first", "second"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			redisServer := redistest.Start(t)
			var servers [2]*ftpserver.Server
			urls := ""
			for i := range servers {
				servers[i] = startStore(t, t.TempDir())
				urls += " ftp://smalti@" + servers[i].Addr().String() + "/"
			}
			both := []string{
				"-redis", redisServer.URL(), "-redis-password-file", writeSecret(t, redisServer.Password),
				"-store", urls, "-store-password-file", writeSecret(t, storePassword),
			}
			base := startSystem(t, both...)
			parts := append([]part{plainField("source", "upload"), plainField("size", "postcard"),
				{"target", "me.png", picture(t, 60, 80, color.NRGBA{200, 120, 40, 255})}}, photos(t, 6)...)
			code, v := postParts(t, base, parts...)
			if code != http.StatusAccepted {
				t.Fatalf("POST: %d %v", code, v)
			}
			servers[dies].Close()
			startWorker(t, both...)
			id := v["id"].(string)
			expectDone(t, base, id, soon)
			if plan := readPlan(t, base, id); len(plan.Friends) != 6 || len(plan.Missing) != 0 {
				t.Errorf("friends %+v, missing %+v", plan.Friends, plan.Missing)
			}
		})
	}
}

const storePassword = "a store that nobody guesses 17"

// startStore serves a directory by FTP until the test ends.
func startStore(t *testing.T, disk string) *ftpserver.Server {
	t.Helper()
	dir, err := dirstore.Open(disk)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { dir.Close() })
	s, err := ftpview.Serve(dir, ftpview.Limits{}, ftpserver.Config{Addr: "127.0.0.1:0", User: "smalti", Password: storePassword})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}
