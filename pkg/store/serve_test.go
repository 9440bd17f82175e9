package store_test

import (
	"errors"
	"io"
	"net"
	"path/filepath"
	"strings"
	"testing"

	"smalti/pkg/ftpserver"
	"smalti/pkg/job"
	"smalti/pkg/store"
	"smalti/pkg/store/ftpstore"
	"smalti/pkg/store/ftpview"
	"smalti/pkg/testenv"
)

func TestServerPaths(t *testing.T) {
	disk := t.TempDir()
	s := startServer(t, openDir(t, disk), ftpserver.Config{})
	r := loginRaw(t, s)
	id, other := job.NewID(), job.NewID()
	deliver(t, openDir(t, disk), other)
	in := "/incoming/" + id + ".1"
	r.Want("MKD "+in, "257")
	r.Want("MKD "+in, "257")
	r.Want("MKD /uploads/"+id, "257")
	r.Store(in+"/poster.jpg", "x")
	r.Store("/uploads/"+id+"/photo", "x")

	for _, path := range []string{
		"/etc/passwd", "../../etc/passwd", "/../../../etc/passwd", in + "/../../../etc/passwd",
		in + "/../../.tmp/x.jpg", "/.tmp/x", "/x.jpg", "/incoming/x.jpg", in, "/incoming/" + id + "/x.jpg",
		in + "/.x.jpg", in + "/a/b.jpg", in + "/x.jpg\x00", "\x00", in + "/" + strings.Repeat("a", 200) + ".jpg",
		"/mosaics/" + other + "/poster.jpg", "/mosaics/" + other + "/new.jpg", "/mosaics/" + id + "/poster.jpg",
		"/uploads/photo", "/uploads/" + id + "/.htaccess", "/uploads/" + id + "/photo.php", "/",
	} {
		r.Want("STOR "+path, "5")
		r.Want("APPE "+path, "5")
		r.Want("SIZE "+path+"x/", "5")
	}
	for _, command := range []string{
		"RETR /etc/passwd", "RETR ../../../../etc/passwd", "SIZE /etc/passwd", "RETR /.tmp", "CWD /.tmp", "CWD /etc",
		"LIST /etc", "NLST /.tmp", "MLSD /etc",
		"MKD /x", "MKD /incoming/" + id, "MKD /mosaics/" + id, "MKD " + in + "/sub", "MKD /uploads/x",
		"DELE /etc/passwd", "DELE " + in, "DELE /mosaics", "RMD /", "RMD /mosaics", "RMD /incoming", "RMD /etc", "RMD " + in + "/poster.jpg",
		"RNFR /etc/passwd", "RNFR /nowhere", "RNTO /mosaics/" + id,
	} {
		r.Want(command, "5")
	}
	for _, rename := range [][2]string{
		{in, "/mosaics/" + id},            // no manifest
		{in, "/mosaics/" + other},         // somebody else's, and there
		{in, "/mosaics/../uploads/" + id}, //
		{in, "/etc/x"},                    //
		{in + "/poster.jpg", "/mosaics/" + other + "/poster.jpg"},             // a file into a finished mosaic
		{in + "/poster.jpg", "/uploads/" + id + "/x"},                         //
		{"/mosaics/" + other, "/mosaics/" + id},                               //
		{"/mosaics/" + other + "/poster.jpg", "/incoming/" + id + ".1/a.jpg"}, //
		{"/uploads/" + id + "/photo", "/uploads/" + other + "/photo"},         //
		{"/mosaics", "/incoming/" + id + ".2"},                                //
		{"/", "/mosaics/" + id},                                               //
	} {
		r.Want("RNFR "+rename[0], "350")
		r.Want("RNTO "+rename[1], "5")
	}
	if got := list(t, disk, "mosaics"); len(got) != 1 || got[0] != other {
		t.Errorf("mosaics: %v", got)
	}
	if got := list(t, disk, ".tmp"); len(got) > 0 {
		t.Errorf("temporary files: %v", got)
	}
}

func TestServerCapsFiles(t *testing.T) {
	disk := t.TempDir()
	s := startLimited(t, openDir(t, disk), ftpview.Limits{FileBytes: 1 << 20})
	remote := openRemote(t, ftpstore.Config{URL: "ftp://mosaic@" + s.Addr().String(), Password: password})
	d := begin(t, remote, job.NewID(), "1")
	put(t, d, "preview.jpg", strings.Repeat("x", 1<<20))
	err := d.Put(t.Context(), "poster.jpg", func(w io.Writer) error { return writeNoise(w, 20<<20) })
	if !errors.Is(err, store.ErrFull) || !strings.Contains(err.Error(), "larger than 1048576 bytes") {
		t.Errorf("got %v, want ErrFull with the server's own words", err)
	}
	if got := list(t, disk, ".tmp"); len(got) > 0 {
		t.Errorf("partial files: %v", got)
	}
	put(t, d, "poster.jpg", "one that fits")
	if err := d.Commit(t.Context(), job.Result{}); err != nil {
		t.Error(err)
	}
}

func TestServerForgetsBrokenUpload(t *testing.T) {
	disk := t.TempDir()
	r := loginRaw(t, startServer(t, openDir(t, disk), ftpserver.Config{}))
	id := job.NewID()
	r.Want("MKD /uploads/"+id, "257")
	conn := r.Passive()
	r.Want("STOR /uploads/"+id+"/photo", "150")
	if _, err := conn.Write(make([]byte, 100_000)); err != nil {
		t.Fatal(err)
	}
	if err := conn.(*net.TCPConn).SetLinger(0); err != nil { // a reset instead of an end
		t.Fatal(err)
	}
	conn.Close()
	r.Reply("426")
	if got := append(list(t, disk, "uploads/"+id), list(t, disk, ".tmp")...); len(got) > 0 {
		t.Errorf("left: %v", got)
	}
}

func TestServerQuotaOfBytes(t *testing.T) {
	u := startUploader(t, ftpview.Limits{Bytes: 1000})
	u.send(strings.Repeat("x", 800), "226", "STOR "+u.path)
	other := filepath.Dir(u.path) + "/plan.json"
	u.send(strings.Repeat("x", 300), "452", "STOR "+other)
	u.Want("SIZE "+other, "550") // what did not fit is gone
	u.Want("DELE "+u.path, "250")
	testenv.WaitFor(t, "there is room again", func() bool {
		conn := u.start(strings.Repeat("x", 300), "STOR "+other)
		conn.Close()
		code, _, err := u.ReadResponse(0)
		return err == nil && code == 226
	})
}

func TestServerQuotaOfFiles(t *testing.T) {
	u := startUploader(t, ftpview.Limits{Files: 3}) // the directory is one
	dir := filepath.Dir(u.path)
	u.send("x", "226", "STOR "+u.path)
	u.send("x", "226", "STOR "+dir+"/plan.json")
	u.send("y", "226", "STOR "+u.path) // is there already
	u.send("x", "452", "STOR "+dir+"/preview.jpg")
	u.Want("MKD /uploads/"+u.id, "452")
}

func TestServerQuotaOfOneMosaic(t *testing.T) {
	u := startUploader(t, ftpview.Limits{MosaicBytes: 100})
	dir := filepath.Dir(u.path)
	u.send(strings.Repeat("x", 80), "226", "STOR "+u.path)
	u.send(strings.Repeat("x", 30), "552", "STOR "+dir+"/plan.json")
	u.send(strings.Repeat("x", 30), "552", "APPE "+u.path)
	u.send(strings.Repeat("x", 20), "226", "STOR "+dir+"/plan.json")
	u.Want("MKD /uploads/"+u.id, "257")
	u.send(strings.Repeat("x", 100), "226", "STOR /uploads/"+u.id+"/a")
	u.send("x", "552", "STOR /uploads/"+u.id+"/b")
}

// The client that is told of a used-up quota says so to the person.
func TestServerQuotaThroughRemote(t *testing.T) {
	disk := t.TempDir()
	s := startLimited(t, openDir(t, disk), ftpview.Limits{Bytes: 1 << 20})
	r := openRemote(t, ftpstore.Config{URL: "ftp://mosaic@" + s.Addr().String(), Password: password})
	d := begin(t, r, job.NewID(), "1")
	if err := d.Put(t.Context(), "poster.jpg", noise(4<<20)); !errors.Is(err, store.ErrFull) {
		t.Errorf("got %v, want ErrFull", err)
	}
	if err := r.PutUpload(t.Context(), job.NewID(), "a", io.LimitReader(zeros{}, 4<<20), 8<<20); !errors.Is(err, store.ErrFull) {
		t.Errorf("got %v, want ErrFull", err)
	}
	if got := append(list(t, disk, "mosaics"), list(t, disk, ".tmp")...); len(got) > 0 {
		t.Errorf("left: %v", got)
	}
}

func TestServerRefusesTrickyPaths(t *testing.T) {
	u := startUploader(t, ftpview.Limits{})
	in := filepath.Dir(u.path)
	for _, path := range []string{
		in + `/..\..\x.jpg`, `\incoming\x.jpg`, in + "/p\u00f6ster.jpg", in + "/poster\u202egpj.jpg", in + "/\uff0e\uff0e/x.jpg",
		in + "/x.jpg%00.json", "//etc//passwd", in + "/./../../x.jpg", "~root/x.jpg", "-la", in + "/\xc0\xae\xc0\xae/x.jpg",
		in + "/" + strings.Repeat("../", 500) + "etc/passwd", "/" + strings.Repeat("a/", 500),
	} {
		for _, command := range []string{"STOR ", "APPE ", "SIZE ", "XSHA256 ", "RETR ", "MKD ", "CWD ", "DELE ", "RMD "} {
			u.Want(command+path, "5")
		}
	}
}
