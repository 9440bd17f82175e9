package friends

import (
	"context"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"smalti/pkg/message"
)

// AddFolder adds each photo of a folder and those in it, as Add does, in the order of their paths. The photos stay
// where they are: stays is told the name of each in the addresses of friends, and its path. Links are followed inside
// the folder, not out of it. What cannot be read is left out; the error is that of the folder itself, that of ctx, or
// says that there are too many photos.
func (u *Upload) AddFolder(ctx context.Context, dir string, stays func(name, path string)) error {
	root, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return err
	}
	entries, err := os.ReadDir(root)
	if err != nil {
		return err
	}
	f := &folder{u, root, map[string]bool{root: true}, stays}
	return f.addAll(ctx, root, "", entries)
}

// folder is one that is being added.
type folder struct {
	upload *Upload
	root   string          // without links
	seen   map[string]bool // folders, by their paths without links
	stays  func(name, path string)
}

// addAll adds what is at a path without links, which is called rel below the root.
func (f *folder) addAll(ctx context.Context, path, rel string, entries []os.DirEntry) error {
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name()
	}
	replaced := originals(names)
	for _, e := range entries {
		if err := ctx.Err(); err != nil {
			return err
		}
		name := filepath.Join(rel, e.Name())
		if hidden(e.Name()) {
			f.upload.skip(name, message.New("upload.system_file"))
			continue
		}
		if replaced[e.Name()] {
			f.upload.skip(name, message.New("upload.original"))
			continue
		}
		at, info, err := f.follow(filepath.Join(path, e.Name()), e)
		if err != nil {
			f.upload.skip(name, reasonOf(err))
			continue
		}
		if err := f.add(ctx, at, name, info); err != nil {
			return err
		}
	}
	return nil
}

var (
	errOutside = fail("", nil, message.New("folder.outside"))
	errNowhere = fail("", nil, message.New("folder.nowhere"))
)

// follow returns where an entry is, without links.
func (f *folder) follow(path string, e os.DirEntry) (string, fs.FileInfo, error) {
	if e.Type()&fs.ModeSymlink != 0 {
		at, err := filepath.EvalSymlinks(path)
		if err != nil {
			return "", nil, errNowhere // or round in a circle
		}
		if rel, err := filepath.Rel(f.root, at); err != nil || !filepath.IsLocal(rel) {
			return "", nil, errOutside
		}
		path = at
	}
	info, err := os.Lstat(path)
	return path, info, err
}

func (f *folder) add(ctx context.Context, path, name string, info fs.FileInfo) error {
	switch {
	case info.IsDir() && f.seen[path]: // its photos are added under their other names
		return nil
	case info.IsDir():
		f.seen[path] = true
		entries, err := os.ReadDir(path)
		if err != nil {
			f.upload.skip(name, reasonOf(err))
			return nil
		}
		return f.addAll(ctx, path, name, entries)
	case !info.Mode().IsRegular():
		f.upload.skip(name, message.New("folder.special"))
		return nil
	}
	r, err := os.Open(path)
	if err != nil {
		f.upload.skip(name, reasonOf(err))
		return nil
	}
	defer r.Close()
	readable := &unpacking{r: r}
	refused, err := f.upload.add(ctx, name, readable, info.Size(), func(_ context.Context, name string, _ io.Reader, _ int64) error {
		f.stays(name, path)
		return nil
	})
	switch {
	case err != nil && readable.err != nil:
		f.upload.skip(name, reasonOf(err))
		return nil
	case refused != nil:
		f.upload.skip(name, refused.Message())
	}
	return err
}

// reasonOf says why a file of this machine could not be read.
func reasonOf(err error) message.Message {
	if m, ok := message.Of(err); ok {
		return m
	}
	return message.New("photo.unreadable")
}
