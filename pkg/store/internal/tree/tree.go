// Package tree is what the stores have in common that keep their files in a tree: the names in it, deliveries,
// manifests and hashes.
package tree

import (
	"context"
	"io"

	"smalti/pkg/store"
)

// Tree is where a store keeps its files: a local directory or an FTP server. Paths are relative to it,
// separated by slashes, and made of checked names only. Its methods may be called concurrently.
type Tree interface {
	// Open reads a file. The reader fails rather than ends early. store.ErrNotFound if there is none.
	Open(ctx context.Context, path string) (io.ReadCloser, error)
	// Write makes a file of what fill writes, and returns how many bytes of it the store has. It may call
	// fill again, which then must write the same. An error may leave a part of the file.
	Write(ctx context.Context, path string, fill func(io.Writer) error) (stored int64, err error)
	// Check compares a file with what was written, as far as that takes no reading; ErrOtherBytes if they
	// differ.
	Check(ctx context.Context, path string, want store.File) error
	// Size is a file's length. store.ErrNotFound if there is none.
	Size(ctx context.Context, path string) (int64, error)
	// List names what is in a directory: nothing if there is no such directory.
	List(ctx context.Context, path string) ([]string, error)
	// MakeDir makes a directory and those above it. One that exists is fine.
	MakeDir(ctx context.Context, path string) error
	HasDir(ctx context.Context, path string) (bool, error)
	// Rename moves a directory in one step. It replaces neither a file nor a directory that holds anything.
	Rename(ctx context.Context, from, to string) error
	// RemoveDir removes a directory and the files in it. One that does not exist is fine.
	RemoveDir(ctx context.Context, path string) error
}
