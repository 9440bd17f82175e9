package friends

import (
	"archive/zip"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"smalti/pkg/job"
	"smalti/pkg/message"
)

const (
	// maxDirectory is the most bytes to read of a zip file's directory. An entry has 46 bytes and its names (PKWARE
	// APPNOTE, 4.3.12), so there is ample room for the most photos with long names.
	maxDirectory = 2 << 20

	// maxEntries leaves room for folders, and for the metadata file that macOS adds for each photo.
	maxEntries = 2*job.MaxFriends + 1000

	// maxRatio is the highest compression ratio of a large entry. Pictures are compressed already and have a ratio
	// near 1; a bomb has about 1000.
	maxRatio      = 100
	largeForRatio = 1 << 20
)

// IsZip reports whether a file that begins with head is a zip file.
func IsZip(head []byte) bool {
	return bytes.HasPrefix(head, []byte("PK\x03\x04")) || bytes.HasPrefix(head, []byte("PK\x05\x06"))
}

// AddZip adds each photo of a zip file of the given size, as Add does. Folders are ignored, and nested archives are not
// opened. The directory's claims are checked before anything is unpacked, and unpacked bytes are counted. Errors are
// those of Add, or say what is wrong with the zip file.
func (u *Upload) AddZip(ctx context.Context, r io.ReaderAt, size int64) error {
	entries, err := directory(r, size)
	if err != nil {
		return err
	}
	if err := u.inspect(entries, size); err != nil {
		return err
	}
	if err := apart(entries, size); err != nil {
		return err
	}
	for _, e := range entries {
		if e.isFolder() {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := u.addEntry(ctx, e); err != nil {
			return err
		}
	}
	return nil
}

// directory reads a zip file's directory, at most maxDirectory bytes of it: package zip has no limit, and takes a few
// hundred bytes of memory for each entry.
func directory(r io.ReaderAt, size int64) ([]zipEntry, error) {
	limited := &budget{r: r, left: maxDirectory}
	z, err := zip.NewReader(limited, size)
	switch {
	case limited.left < 0 || err == nil && len(z.File) > maxEntries:
		return nil, fail("", err, message.New("zip.too_many", "limit", maxEntries))
	case err != nil && !errors.Is(err, zip.ErrInsecurePath):
		return nil, fail("", err, message.New("zip.broken"))
	}
	limited.open = true
	entries := make([]zipEntry, len(z.File))
	paths := zipPaths(z.File)
	replaced := originals(paths)
	for i, path := range paths {
		entries[i] = zipEntry{z.File[i], path, replaced[path]}
	}
	return entries, nil
}

// zipEntry is an entry of a zip file with its name as UTF-8.
type zipEntry struct {
	*zip.File
	path     string
	original bool // the photo is there as edited, too
}

// isFolder recognises folders, also those that .NET has ended with a backslash.
func (e zipEntry) isFolder() bool {
	return e.FileInfo().IsDir() || e.UncompressedSize64 == 0 && strings.HasSuffix(e.path, `\`)
}

// inspect refuses a zip file whose directory announces too much.
func (u *Upload) inspect(entries []zipEntry, size int64) error {
	var files, photos int
	var total uint64
	for _, e := range entries {
		if e.isFolder() || hidden(e.path) {
			continue
		}
		if e.UncompressedSize64 > largeForRatio && e.UncompressedSize64/maxRatio > e.CompressedSize64 {
			return bomb(fmt.Errorf("%q: %d bytes of %d", e.Name, e.UncompressedSize64, e.CompressedSize64))
		}
		files++
		if beside(e.path) || e.original {
			continue
		}
		photos++
		// A file over the limit of a single photo is skipped, so it does not count.
		if e.UncompressedSize64 <= uint64(u.limits.Photo.Bytes) {
			total += e.UncompressedSize64
		}
	}
	switch {
	case photos > u.limits.Photos-len(u.friends):
		return u.tooMany()
	case total > uint64(max(u.limits.Bytes-u.bytes, 0)):
		return u.tooMuch()
	case total > largeForRatio && total/maxRatio > uint64(size):
		return bomb(fmt.Errorf("%d bytes of %d", total, size))
	case files == 0:
		return fail("", nil, message.New("zip.empty"))
	}
	return nil
}

// beside recognises what phones and services put beside each photo: the moving part of a Live Photo, edits and notes.
// These must not use up what photos may take.
func beside(path string) bool {
	ext := strings.ToLower(path[strings.LastIndexByte(path, '.')+1:])
	return slices.Contains([]string{"mov", "mp4", "aae", "xmp", "json"}, ext)
}

// The fixed sizes of a zip file's records, in bytes (PKWARE APPNOTE, 4.3.7, 4.3.12 and 4.3.16).
const (
	localHeader     = 30
	directoryHeader = 46
	directoryEnd    = 22
)

// apart refuses a zip file in which entries overlap each other or the directory: such a file unpacks to far more than
// its size, at ratios that look harmless.
func apart(entries []zipEntry, size int64) error {
	type piece struct{ from, to int64 } // the data of an entry
	pieces := make([]piece, 0, len(entries))
	limit := size - directoryEnd // where the directory begins, at the latest
	for _, e := range entries {
		limit -= int64(directoryHeader + len(e.Name) + len(e.Extra) + len(e.Comment))
		from, err := e.DataOffset()
		if err != nil || e.CompressedSize64 > uint64(size) {
			return fail("", err, message.New("zip.broken"))
		}
		pieces = append(pieces, piece{from, from + int64(e.CompressedSize64)})
	}
	slices.SortFunc(pieces, func(a, b piece) int { return cmp.Compare(a.from, b.from) })
	end := int64(0)
	for _, p := range pieces {
		if p.from-localHeader < end || p.to > limit {
			return bomb(fmt.Errorf("overlapping entries at byte %d", p.from))
		}
		end = p.to
	}
	return nil
}

func bomb(detail error) error {
	return fail("", detail, message.New("zip.bomb"))
}

// addEntry adds one entry. Other than with a single file, what cannot be read is the entry's own
// fault, and costs the others nothing.
func (u *Upload) addEntry(ctx context.Context, e zipEntry) error {
	if err := u.tooManySkipped(); err != nil {
		return err
	}
	if e.original {
		u.skip(e.path, message.New("upload.original"))
		return nil
	}
	const encrypted = 1
	if e.Flags&encrypted != 0 && !hidden(e.path) {
		u.skip(e.path, message.New("zip.locked"))
		return nil
	}
	r, err := e.Open()
	if err != nil {
		u.skip(e.path, message.New("zip.unreadable"))
		return nil
	}
	defer r.Close()
	unpacked := &unpacking{r: r}
	// More than an int64 holds is a false claim; the largest number that fits is reported.
	refused, err := u.add(ctx, e.path, unpacked, int64(min(e.UncompressedSize64, 1<<62)), u.keep)
	switch {
	case err != nil && unpacked.err != nil && ctx.Err() == nil:
		u.skip(e.path, message.New("zip.unreadable"))
		return nil
	case refused != nil:
		u.skip(e.path, refused.Message())
	}
	return err
}

// unpacking remembers that unpacking failed.
type unpacking struct {
	r   io.Reader
	err error
}

func (u *unpacking) Read(p []byte) (int, error) {
	n, err := u.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		u.err = err
	}
	return n, err
}

// budget limits the bytes that can be read, until open is set.
type budget struct {
	r    io.ReaderAt
	left int64
	open bool
}

func (b *budget) ReadAt(p []byte, off int64) (int, error) {
	if !b.open {
		if b.left -= int64(len(p)); b.left < 0 {
			return 0, errFull
		}
	}
	return b.r.ReadAt(p, off)
}
