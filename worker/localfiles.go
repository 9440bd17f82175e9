package main

import (
	"context"
	"fmt"
	"image"
	"io"
	"math"
	"os"
	"path/filepath"

	"smalti/pkg/friends"
	"smalti/pkg/gather"
	"smalti/pkg/job"
	"smalti/pkg/message"
	"smalti/pkg/photo"
	"smalti/pkg/portrait"
)

// localFiles stand in for the uploads of a store. They note which of them are left out.
type localFiles struct {
	*gather.Gatherer
	batch  string
	paths  map[string]string // by name
	target *localTarget      // nil: the demo's
	found  int               // files in the directory
	left   []leftOut         // of them
}

// leftOut is a file that is not in the mosaic, and why.
type leftOut struct {
	path  string
	why   message.Message
	cause error // nil: nothing more than that is known
}

func newLocalFiles(batch string) *localFiles {
	f := &localFiles{batch: batch, paths: map[string]string{}}
	f.Gatherer = &gather.Gatherer{Upload: f.open, Demo: portrait.Draw}
	return f
}

func (f *localFiles) open(_ context.Context, _, name string) (io.ReadCloser, error) {
	return os.Open(f.paths[name])
}

// friends finds the photos in a directory, as far as there is room for each of them.
func (f *localFiles) friends(ctx context.Context, dir string, room int64) ([]job.Friend, []job.Skipped, error) {
	limits := photo.Limits{Bytes: room, Memory: room, NoHEIF: f.Limits.NoHEIF}
	most := job.Owner().Friends
	u := friends.NewUpload(nil, f.batch, friends.UploadLimits{Photo: limits, Photos: most, Bytes: math.MaxInt64})
	if err := u.AddFolder(ctx, dir, func(name, path string) { f.paths[name] = path }); err != nil {
		return nil, nil, err
	}
	var skipped []job.Skipped
	for _, s := range u.Skipped() {
		f.left = append(f.left, leftOut{path: filepath.Join(dir, s.Path), why: s.Why})
		if len(skipped) < most {
			skipped = append(skipped, job.Skip(s.Name, s.Why))
		}
	}
	f.found = len(u.Friends()) + len(f.left)
	return u.Friends(), skipped, nil
}

// Tiles is that of the gatherer. What looked like a photo may turn out to be damaged.
func (f *localFiles) Tiles(ctx context.Context, all []job.Friend, side int, served func(who []int, r gather.Result)) []gather.Result {
	results := f.Gatherer.Tiles(ctx, all, side, served)
	for i, r := range results {
		if why, ok := message.Of(r.Err); ok {
			f.left = append(f.left, leftOut{f.paths[all[i].ID], why, r.Err})
		}
	}
	return results
}

// Target is that of the gatherer, except that a file is read and decoded in all the memory that there is.
func (f *localFiles) Target(ctx context.Context, address string, maxSide int) (*image.NRGBA, error) {
	if f.target == nil {
		return f.Gatherer.Target(ctx, address, maxSide)
	}
	return f.target.decode(ctx, maxSide)
}

// warn says how many files were left out and why, or which, with the cause.
func (f *localFiles) warn(w io.Writer, each bool) {
	if len(f.left) == 0 {
		return
	}
	fmt.Fprintf(w, "%d of %d files were left out:\n", len(f.left), f.found)
	if each {
		for _, l := range f.left {
			fmt.Fprintf(w, "  %q: %s\n", l.path, l.why)
			if l.cause != nil {
				fmt.Fprintf(w, "    cause: %v\n", l.cause)
			}
		}
		return
	}
	var reasons []string
	times := map[string]int{}
	for _, l := range f.left {
		why := l.why.String()
		if times[why]++; times[why] == 1 {
			reasons = append(reasons, why)
		}
	}
	for _, why := range reasons {
		fmt.Fprintf(w, "  %d: %s\n", times[why], why)
	}
	fmt.Fprintln(w, "With -v, each is named.")
}
