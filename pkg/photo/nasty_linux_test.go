package photo_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"smalti/pkg/download"
	uploads "smalti/pkg/friends"
	"smalti/pkg/gather"
	"smalti/pkg/job"
	"smalti/pkg/message"
	"smalti/pkg/testenv"
)

// asChild makes this test binary a process that eats the files of a directory, and says how it went.
const asChild = "SMALTI_TEST_NASTY"

func TestMain(m *testing.M) {
	if dir := os.Getenv(asChild); dir != "" {
		if err := eat(dir, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	goleak.VerifyTestMain(m)
}

func TestNastyFiles(t *testing.T) {
	testenv.SkipSlow(t)
	feedNasty(t, filepath.Dir(photos(t, "nasty")[0]))
}

// meal is how one file went down, in one way.
type meal struct {
	File, Way string
	Sentence  string        // why there is no picture; empty where there is one
	Processor time.Duration // that it took
	Growth    int64         // of the process at its peak, in bytes
}

const (
	tooLong = 2 * time.Second // of a processor, for a file that takes milliseconds where it is well
	tooMuch = 200 << 20
)

// feedNasty gives each file of a directory to a child process as a friend's photo, as the target and
// as an upload. The child must survive them all, quickly and without growing much, and have a
// sentence for each.
func feedNasty(t *testing.T, dir string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute) // a hang must not hang the tests
	defer cancel()
	cmd := exec.CommandContext(ctx, self)
	cmd.Env = append(os.Environ(), asChild+"="+dir)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("the process that ate them: %v\n%s\nthe last meals:\n%s", err, &errs, out.Bytes()[max(0, out.Len()-1000):])
	}
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	meals, good := 0, 0
	var longest, largest meal
	for dec := json.NewDecoder(&out); ; {
		var m meal
		if err := dec.Decode(&m); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		meals++
		if m.Processor > tooLong || m.Growth > tooMuch {
			t.Errorf("%s as %s took %v of a processor, and %d MB", m.File, m.Way, m.Processor, m.Growth>>20)
		}
		if m.Sentence == "" {
			good++
		} else if !strings.HasSuffix(m.Sentence, ".") || strings.Contains(m.Sentence, "{") {
			t.Errorf("%s as %s: %q is no sentence", m.File, m.Way, m.Sentence)
		}
		if m.Processor > longest.Processor {
			longest = m
		}
		if m.Growth > largest.Growth {
			largest = m
		}
	}
	if want := len(files) * len(ways); meals != want {
		t.Errorf("%d meals, want %d", meals, want)
	}
	if good == 0 || good == meals {
		t.Errorf("%d of %d gave a picture", good, meals)
	}
	t.Logf("%d of %d gave a picture; longest: %s as %s, %v; largest: %s as %s, %d MB", good, meals,
		longest.File, longest.Way, longest.Processor.Round(time.Millisecond), largest.File, largest.Way, largest.Growth>>20)
}

// ways are those in which a file reaches us. Each returns the picture, or why there is none.
var ways = []struct {
	name string
	eat  func(k *kitchen, name string) (*image.NRGBA, error)
}{
	{"a friend's photo", func(k *kitchen, name string) (*image.NRGBA, error) {
		r := k.gatherer.Tiles(context.Background(), []job.Friend{{Photo: k.url + "/" + name}}, 96, nil)[0]
		return r.Tile, r.Err
	}},
	{"the target", func(k *kitchen, name string) (*image.NRGBA, error) {
		return k.gatherer.Target(context.Background(), k.url+"/"+name, 1200)
	}},
	{"an upload", func(k *kitchen, name string) (*image.NRGBA, error) {
		f, err := os.Open(filepath.Join(k.dir, name))
		if err != nil {
			return nil, err
		}
		defer f.Close()
		u := uploads.NewUpload(k, job.NewID(), uploads.UploadLimits{})
		if err := u.Add(context.Background(), name, f); err != nil {
			return nil, err
		}
		for _, s := range u.Skipped() {
			return nil, said(s.Why)
		}
		r := k.gatherer.Tiles(context.Background(), u.Friends(), 96, nil)[0]
		return r.Tile, r.Err
	}},
}

// said is an error of which only the message is left.
type said message.Message

func (s said) Error() string            { return s.Code }
func (s said) Message() message.Message { return message.Message(s) }

// kitchen is what the child eats with. It is the shelf of its uploads, too.
type kitchen struct {
	dir, url string
	gatherer *gather.Gatherer

	mu    sync.Mutex
	shelf map[string][]byte
}

func (k *kitchen) PutUpload(_ context.Context, id, name string, r io.Reader, most int64) error {
	data, err := io.ReadAll(io.LimitReader(r, most))
	k.mu.Lock()
	defer k.mu.Unlock()
	k.shelf = map[string][]byte{id + name: data} // one is enough
	return err
}

func (k *kitchen) open(_ context.Context, id, name string) (io.ReadCloser, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	data, ok := k.shelf[id+name]
	if !ok {
		return nil, fs.ErrNotExist
	}
	return io.NopCloser(bytes.NewReader(data)), nil
}

func eat(dir string, out io.Writer) error {
	server := httptest.NewServer(http.FileServer(http.Dir(dir)))
	defer server.Close()
	d := download.New(download.Config{AllowPrivate: true, Proxy: func(*http.Request) (*url.URL, error) { return nil, nil }})
	defer d.Close()
	k := &kitchen{dir: dir, url: server.URL}
	k.gatherer = &gather.Gatherer{Web: d.Fetch, Upload: k.open}
	files, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	enc := json.NewEncoder(out)
	for _, f := range files {
		for _, way := range ways {
			debug.FreeOSMemory()
			if err := os.WriteFile("/proc/self/clear_refs", []byte("5"), 0); err != nil { // resets the peak: proc(5)
				return err
			}
			m := meal{File: f.Name(), Way: way.name, Growth: -resident("VmRSS:"), Processor: -processor()}
			img, err := way.eat(k, f.Name())
			m.Processor += processor()
			m.Growth += resident("VmHWM:")
			switch {
			case err != nil:
				why, ok := message.Of(err)
				if !ok {
					return fmt.Errorf("%s as %s: no message in %w", m.File, m.Way, err)
				}
				m.Sentence = why.String()
			case img == nil || img.Rect.Empty() || !img.Opaque():
				return fmt.Errorf("%s as %s: no picture, and no error", m.File, m.Way)
			}
			if err := enc.Encode(m); err != nil {
				return err
			}
		}
	}
	return nil
}

// resident reads a line of /proc/self/status, in bytes.
func resident(line string) (n int64) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		panic(err)
	}
	_, rest, _ := strings.Cut(string(status), line)
	fmt.Sscan(rest, &n)
	return n << 10
}

// processor is how long this process has been at work.
func processor() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
