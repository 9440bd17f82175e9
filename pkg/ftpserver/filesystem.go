package ftpserver

import (
	"context"
	"errors"
	"io"
	"io/fs"
)

// AtEnd is the offset of APPE: after the last byte of the file.
const AtEnd = -1

// FileSystem is what the clients of a [Server] see. Its paths are absolute, cleaned and separated by
// slashes. Its methods are called concurrently. The context ends with the server.
//
// Errors become replies: [fs.ErrNotExist], [fs.ErrExist], [fs.ErrPermission] and [fs.ErrInvalid] a 550,
// those below what they say, and any other a 451, which tells the client to try again later.
type FileSystem interface {
	// Ping reports whether the files can be used. While it fails, every command for files is a 451.
	Ping(ctx context.Context) error
	Stat(ctx context.Context, name string) (fs.FileInfo, error)
	ReadDir(ctx context.Context, name string) ([]fs.FileInfo, error)
	// Open reads a file from offset on.
	Open(ctx context.Context, name string, offset int64) (io.ReadCloser, error)
	// Create checks whether a client may write to a file from offset on, and returns a function that
	// does so with what the client sends. That function may call cut from any goroutine to end the
	// client's data connection. An error of Create itself is a 553.
	Create(ctx context.Context, name string, offset int64) (receive func(data io.Reader, cut func()) error, err error)
	// Mkdir makes a directory. One that exists is fine.
	Mkdir(ctx context.Context, name string) error
	RemoveDir(ctx context.Context, name string) error
	RemoveFile(ctx context.Context, name string) error
	Rename(ctx context.Context, from, to string) error
	// SHA256 is the hash of a file in hexadecimal digits.
	SHA256(ctx context.Context, name string) (string, error)
}

// Errors of a [FileSystem] that have replies of their own.
var (
	ErrFull     = errors.New("no room left")                    // 452
	ErrTooLarge = errors.New("file larger than allowed")        // 552
	ErrPastEnd  = errors.New("offset past the end of the file") // 554
)
