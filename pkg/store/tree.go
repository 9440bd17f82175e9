package store

import (
	"context"
	"io"
)

// tree is where a store keeps its files: a local directory or an FTP server. Paths are relative to it,
// separated by slashes, and made of checked names only. Its methods may be called concurrently.
type tree interface {
	// open reads a file. The reader fails rather than ends early. ErrNotFound if there is none.
	open(ctx context.Context, path string) (io.ReadCloser, error)
	// write makes a file of what fill writes, and returns how many bytes of it the store has. It may call
	// fill again, which then must write the same. An error may leave a part of the file.
	write(ctx context.Context, path string, fill func(io.Writer) error) (stored int64, err error)
	// check compares a file with what was written, as far as that takes no reading; errOtherBytes if they
	// differ.
	check(ctx context.Context, path string, want File) error
	// size is a file's length. ErrNotFound if there is none.
	size(ctx context.Context, path string) (int64, error)
	// list names what is in a directory: nothing if there is no such directory.
	list(ctx context.Context, path string) ([]string, error)
	// makeDir makes a directory and those above it. One that exists is fine.
	makeDir(ctx context.Context, path string) error
	hasDir(ctx context.Context, path string) (bool, error)
	// rename moves a directory in one step. It replaces neither a file nor a directory that holds anything.
	rename(ctx context.Context, from, to string) error
	// removeDir removes a directory and the files in it. One that does not exist is fine.
	removeDir(ctx context.Context, path string) error
}
