package store_test

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"smalti/pkg/store/ftpview"
)

func TestServerResumesFiles(t *testing.T) {
	u := startUploader(t, ftpview.Limits{})
	appe, stor := "APPE "+u.path, "STOR "+u.path
	u.send("abc", "226", appe) // it makes a file where there is none
	u.wantPoster("abc")
	u.send("def", "226", appe)
	u.wantPoster("abcdef")
	u.send("D", "226", "REST 3", stor)
	u.wantPoster("abcD")
	u.send("", "226", appe)
	u.wantPoster("abcD")
	u.send("e", "226", "REST 4", stor)
	u.wantPoster("abcDe")
	u.send("x", "554", "REST 6", stor) // which would leave a hole
	u.wantPoster("abcDe")

	u.Want("REST 2", "350")
	u.Want("NOOP", "200")
	u.send("new", "226", stor) // REST was for the command behind it
	u.wantPoster("new")
	u.Want("REST 18446744073709551616", "501")

	for at, want := range map[string]string{"REST 1": "ew", "REST 3": ""} {
		conn := u.start("", at, "RETR "+u.path)
		if got, err := io.ReadAll(conn); err != nil || string(got) != want {
			t.Errorf("RETR after %s: %q, %v, want %q", at, got, err, want)
		}
		u.Reply("226")
	}
	u.Want("REST 4", "350")
	u.Want("RETR "+u.path, "554")
}

// A photo is whole or not there; it cannot be resumed.
func TestServerTakesPhotosWhole(t *testing.T) {
	u := startUploader(t, ftpview.Limits{})
	dir := "/uploads/" + u.id
	u.Want("MKD "+dir, "257")
	u.Store(dir+"/photo", "whole")
	for _, name := range []string{"photo", "other", "photo.abc.part"} {
		u.Want("APPE "+dir+"/"+name, "553")
		u.Want("REST 2", "350")
		u.Want("STOR "+dir+"/"+name, "553")
		u.Want("SIZE "+dir+"/other", "550")
	}
	u.Want("REST 2", "350")
	u.Want("RETR "+dir+"/nothing", "550")
	if got := u.Want("SIZE "+dir+"/photo", "213"); got != "5" {
		t.Errorf("the photo has %s bytes", got)
	}
}

func TestServerKeepsBrokenDelivery(t *testing.T) {
	u := startUploader(t, ftpview.Limits{})
	conn := u.start("half of ", "STOR "+u.path)
	u.has(8)
	if err := conn.(*net.TCPConn).SetLinger(0); err != nil { // a reset instead of an end
		t.Fatal(err)
	}
	conn.Close()
	u.Reply("426")
	u.wantPoster("half of ")
	if got := u.Want("SIZE "+u.path, "213"); got != "8" {
		t.Errorf("SIZE: %s", got)
	}
	u.send("it", "226", "APPE "+u.path)
	u.wantPoster("half of it")
}

// The one who lost the connection is back before the server has missed it.
func TestServerLetsTheNextConnectionResume(t *testing.T) {
	for _, command := range []string{"APPE", "STOR"} {
		u := startUploader(t, ftpview.Limits{})
		lost := u.start("half of ", "STOR "+u.path)
		u.has(8)
		next := &uploader{Client: loginRaw(t, u.server), path: u.path, file: u.file}
		next.send("it", "226", command+" "+u.path)
		u.Reply("426")
		_, _ = io.WriteString(lost, "nobody reads this")
		next.wantPoster(map[string]string{"APPE": "half of it", "STOR": "it"}[command])
	}
}

// Published files do not change any more.
func TestServerCutsUploadsWhenPublishing(t *testing.T) {
	u := startUploader(t, ftpview.Limits{})
	dir, manifest := filepath.Dir(u.path), fmt.Sprintf(`{"v":1,"id":%q,"created":%q,"result":{},"files":[{"name":"poster.jpg","bytes":5,"sha256":%q}]}`,
		u.id, time.Now().UTC().Format(time.RFC3339), fmt.Sprintf("%x", sha256.Sum256([]byte("whole"))))
	u.send(manifest, "226", "STOR "+dir+"/manifest.json")
	open := u.start("whole", "STOR "+u.path)
	u.has(5)
	other := loginRaw(t, u.server)
	other.Want("RNFR "+dir, "350")
	other.Want("RNTO /mosaics/"+u.id, "250")
	u.Reply("426")
	_, _ = io.WriteString(open, " and more")
	if got := other.Want("SIZE /mosaics/"+u.id+"/poster.jpg", "213"); got != "5" {
		t.Errorf("the poster has %s bytes", got)
	}
}

// The most that a file may have is meant for all of it, in however many pieces it comes.
func TestServerCapsWholeFiles(t *testing.T) {
	u := startUploader(t, ftpview.Limits{FileBytes: 10})
	for _, commands := range [][]string{{"APPE " + u.path}, {"REST 7", "STOR " + u.path}} {
		u.send("1234567", "226", "STOR "+u.path)
		u.send("890", "226", commands...)
		u.wantPoster("1234567890")
		u.send("1234567", "226", "STOR "+u.path)
		u.send("8901", "552", commands...)
		if _, err := os.Stat(u.file); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("after %v: %v, want nothing", commands, err)
		}
	}
}

// Links and directories in the place of a file are neither followed nor replaced.
func TestServerWritesToFilesOnly(t *testing.T) {
	u := startUploader(t, ftpview.Limits{})
	target := filepath.Join(filepath.Dir(u.file), "plan.json")
	for what, err := range map[string]error{
		"a directory": os.Mkdir(u.file, 0o755),
		"a link":      os.Symlink("plan.json", filepath.Join(filepath.Dir(u.file), "link.jpg")),
	} {
		if err != nil {
			t.Fatal(what, err)
		}
	}
	for _, name := range []string{"poster.jpg", "link.jpg"} {
		for _, command := range []string{"STOR ", "APPE "} {
			u.send("x", "451", command+filepath.Dir(u.path)+"/"+name)
		}
	}
	if _, err := os.Stat(target); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a link was followed: %v", err)
	}
}
