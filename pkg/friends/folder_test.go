package friends_test

import (
	"net"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"

	"smalti/pkg/friends"
	"smalti/pkg/photo"
)

// write makes files below dir, and the folders that they are in.
func write(t *testing.T, dir string, files map[string][]byte) {
	t.Helper()
	for name, data := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func link(t *testing.T, to, path string) {
	t.Helper()
	if err := os.Symlink(to, path); err != nil {
		t.Skip("there are no links here: ", err)
	}
}

// addFolder returns the friends' names, and the paths at which their photos are.
func addFolder(t *testing.T, u *friends.Upload, dir string) (names, paths []string) {
	t.Helper()
	if err := u.AddFolder(t.Context(), dir, func(_, path string) { paths = append(paths, path) }); err != nil {
		t.Fatal(err)
	}
	for _, f := range u.Friends() {
		names = append(names, f.Name)
	}
	wantValid(t, u.Friends())
	return names, paths
}

func TestFolder(t *testing.T) {
	dir, a := t.TempDir(), picture(t, 0)
	write(t, dir, map[string][]byte{
		"Ada.png": a, "b/Bob": a, "b/c/Carl.jfif": a, "D_E.JPE": a, "Zoe\u0308.heic": a, "letter.jpg": []byte("Dear Zoë,"), "empty.jpg": nil,
		"._Ada.png": a, "b/.DS_Store": a, ".git/x.png": a, "__MACOSX/Ada.png": a, "Thumbs.db": a, "large.png": picture(t, 10_001), "film.mov": []byte("\x00\x00\x00\x14ftypqt  "),
	})
	u := newUpload(nil, friends.UploadLimits{Photo: photo.Limits{Bytes: 10_000}})
	names, paths := addFolder(t, u, dir)
	if want := []string{"Ada", "D E", "Zoë", "Bob", "Carl"}; !slices.Equal(names, want) {
		t.Errorf("friends %q, want %q", names, want)
	}
	for _, path := range paths {
		if _, err := os.Stat(path); err != nil {
			t.Error(err)
		}
	}
	wantSkipped(t, u, "._Ada.png: upload.system_file", ".git: upload.system_file", "Thumbs.db: upload.system_file", "__MACOSX: upload.system_file",
		".DS_Store: upload.system_file", "empty.jpg: photo.empty", "film.mov: photo.unsupported.video", "large.png: photo.format_too_large", "letter.jpg: photo.unsupported.text")
	if s := u.Skipped()[4]; s.Path != filepath.Join("b", ".DS_Store") || u.Skipped()[7].Why.Args["format"] != "PNG" || u.Skipped()[7].Why.Args["size"] != 10_001. {
		t.Errorf("skipped %+v", u.Skipped())
	}
}

func TestLinksInAFolder(t *testing.T) {
	outside, dir, a := t.TempDir(), t.TempDir(), picture(t, 0)
	write(t, outside, map[string][]byte{"Out.png": a, "letters/Out.png": a})
	write(t, dir, map[string][]byte{"Ada.png": a, ".store/7f3e": a, ".store/more/Bob.png": a, "sub/Carl.png": a})
	link(t, "Ada.png", filepath.Join(dir, "Amy.png"))                             // one photo, two friends
	link(t, filepath.Join(dir, "Ada.png"), filepath.Join(dir, "sub", "Anna.png")) // an absolute link
	link(t, ".store/7f3e", filepath.Join(dir, "Dora.png"))
	link(t, ".store/more", filepath.Join(dir, "more"))
	link(t, "..", filepath.Join(dir, "sub", "up"))
	link(t, "sub", filepath.Join(dir, "sub2"))
	link(t, "round", filepath.Join(dir, "round"))
	link(t, "gone.png", filepath.Join(dir, "nowhere.png"))
	link(t, filepath.Join(outside, "Out.png"), filepath.Join(dir, "out.png"))
	link(t, filepath.Join(outside, "letters"), filepath.Join(dir, "outside"))
	link(t, dir, filepath.Join(outside, "entrance"))

	u := newUpload(nil, friends.UploadLimits{})
	names, _ := addFolder(t, u, filepath.Join(outside, "entrance"))
	if want := []string{"Ada", "Amy", "Dora", "Bob", "Anna", "Carl"}; !slices.Equal(names, want) {
		t.Errorf("friends %q, want %q", names, want)
	}
	wantSkipped(t, u, ".store: upload.system_file", "nowhere.png: folder.nowhere", "out.png: folder.outside", "outside: folder.outside", "round: folder.nowhere")
}

func TestFoldersThatCannotBeRead(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string][]byte{"Ada.png": picture(t, 0), "Bea.png": picture(t, 0), "shut/Bob.png": picture(t, 0), "shut.png": picture(t, 0)})
	for _, path := range []string{"gone", "Ada.png"} {
		u := newUpload(nil, friends.UploadLimits{})
		if err := u.AddFolder(t.Context(), filepath.Join(dir, path), func(string, string) {}); err == nil {
			t.Errorf("%s is a folder", path)
		}
	}
	l, err := net.Listen("unix", filepath.Join(dir, "socket"))
	if err != nil {
		t.Skip(err)
	}
	defer l.Close()
	u := newUpload(nil, friends.UploadLimits{})
	addFolder(t, u, dir)
	if s := u.Skipped(); len(s) == 0 || s[len(s)-1].Why.Code != "folder.special" {
		t.Errorf("skipped %v", s)
	}
	if runtime.GOOS == "windows" || os.Geteuid() == 0 {
		t.Skip("nothing can be shut here")
	}
	for _, path := range []string{"shut", "shut.png"} {
		if err := os.Chmod(filepath.Join(dir, path), 0); err != nil {
			t.Fatal(err)
		}
		defer os.Chmod(filepath.Join(dir, path), 0o755) // so that it can be removed
	}
	u = newUpload(nil, friends.UploadLimits{})
	if names, _ := addFolder(t, u, dir); !slices.Equal(names, []string{"Ada", "Bea"}) {
		t.Errorf("friends %q", names)
	}
	wantSkipped(t, u, "shut: photo.unreadable", "shut.png: photo.unreadable", "socket: folder.special")
}
