// Package atomicfile replaces files as a whole: readers see the old file or the new one, never a part.
package atomicfile

import (
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// Dir is a directory with files in it; an [os.Root] is one.
type Dir interface {
	Open(name string) (*os.File, error)
	OpenFile(name string, flag int, perm fs.FileMode) (*os.File, error)
	Rename(from, to string) error
	Remove(name string) error
}

// Write replaces the file name in dir by what fill writes, which is on the disk when Write returns. Until
// it is complete it is called temp: a file of the same file system that does not exist. A crash may leave
// temp behind; an error or a panic of fill does not.
func Write(dir Dir, name, temp string, perm fs.FileMode, fill func(*os.File) error) error {
	if err := replace(dir, name, temp, perm, func(f *os.File) error {
		if err := fill(f); err != nil {
			return err
		}
		return f.Sync()
	}); err != nil {
		return err
	}
	return SyncDir(dir, filepath.Dir(name))
}

// Replace is Write for a path, without waiting for the disk: when the machine crashes, the file may be the
// old one, or empty.
func Replace(path string, perm fs.FileMode, fill func(*os.File) error) error {
	dir, err := os.OpenRoot(filepath.Dir(path))
	if err != nil {
		return err
	}
	defer func() { _ = dir.Close() }()
	name := filepath.Base(path)
	return replace(dir, name, "."+name+"."+rand.Text(), perm, fill)
}

func replace(dir Dir, name, temp string, perm fs.FileMode, fill func(*os.File) error) error {
	f, err := dir.OpenFile(temp, os.O_CREATE|os.O_EXCL|os.O_WRONLY, perm)
	if err != nil {
		return err
	}
	done := false
	defer func() {
		if !done {
			_ = f.Close()
			_ = dir.Remove(temp)
		}
	}()
	if err := fill(f); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	if err := dir.Rename(temp, name); err != nil {
		return err
	}
	done = true
	return nil
}

// SyncDir makes what was made, renamed or removed in a directory durable; fsync(2) asks for it.
func SyncDir(dir Dir, name string) error {
	d, err := dir.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
