package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"

	"smalti/pkg/job"
	"smalti/pkg/photo"
	"smalti/pkg/portrait"
)

// keepMemoryLimit undoes what -memory changes in this process.
func keepMemoryLimit(t *testing.T) {
	limit := debug.SetMemoryLimit(-1)
	t.Cleanup(func() { debug.SetMemoryLimit(limit) })
}

// write writes a file and returns its path.
func write(t *testing.T, path string, data []byte) string {
	t.Helper()
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// flatPNG is a grey picture of any size in a few KB.
func flatPNG(t *testing.T, width, height int) []byte {
	t.Helper()
	var b bytes.Buffer
	e := png.Encoder{CompressionLevel: png.BestSpeed}
	if err := e.Encode(&b, image.NewGray(image.Rect(0, 0, width, height))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// padded is a PNG with a chunk of so many bytes that nobody reads.
func padded(file []byte, bytes int) []byte {
	const signature, header = 8, 25
	chunk := binary.BigEndian.AppendUint32(nil, uint32(bytes))
	chunk = append(append(chunk, "teSt"...), make([]byte, bytes)...)
	chunk = binary.BigEndian.AppendUint32(chunk, crc32.ChecksumIEEE(chunk[4:]))
	at := signature + header
	return append(append(file[:at:at], chunk...), file[at:]...)
}

// The limits for strangers do not hold for the owner of the machine: neither those of pictures nor those of grids.
func TestTheOwnersFilesAreTaken(t *testing.T) {
	keepMemoryLimit(t)
	photos := album(t, 6)
	large := flatPNG(t, 5600, 5600) // 31.4 megapixels
	if _, err := photo.TargetSize(large, 100, photo.Limits{}); err == nil {
		t.Fatal("a stranger may have it, too: the test is too small")
	}
	write(t, filepath.Join(photos, "large.png"), large)
	write(t, filepath.Join(photos, "long.png"), padded(flatPNG(t, 100, 100), photo.DefaultBytes+1))
	args := []string{"-photos", photos, "-target", write(t, filepath.Join(t.TempDir(), "target.png"), large), "-out", t.TempDir(), "-rows", "2", "-tile", "8", "-memory", "1000"}
	if code, stdout, stderr := renderWith(t, append(args, "-columns", "2001")...); code != 0 || !strings.Contains(stdout, "2001 x 2 cells, 16008 x 16 pixels") || !strings.Contains(stdout, "8 photos (0 left out)") {
		t.Errorf("exit code %d, %q, %q", code, stdout, stderr)
	}
	if code, stdout, stderr := renderWith(t, append(args, "-columns", "3", "-tile", "512")...); code != 0 || !strings.Contains(stdout, "1536 x 1024 pixels") {
		t.Errorf("exit code %d, %q, %q", code, stdout, stderr)
	}
}

// What does not fit into the memory is refused before anything is written, and the sentence says what would help.
func TestWhatTheMemoryHasNoRoomFor(t *testing.T) {
	keepMemoryLimit(t)
	dir := t.TempDir()
	wide := write(t, filepath.Join(dir, "wide.png"), flatPNG(t, 9000, 9000))
	for name, tc := range map[string]struct {
		args []string
		says []string
	}{
		"a target": {
			[]string{"-target", wide, "-columns", "10"},
			[]string{"-target: This PNG picture takes ", " of memory, and there is room for ", "(-memory)"},
		},
		"the file of a target": {
			[]string{"-target", write(t, filepath.Join(dir, "long.png"), padded(flatPNG(t, 9, 9), 210<<20)), "-columns", "10"},
			[]string{"-target: ", "has 210 MB, and there is room for 204 MB", "-memory"},
		},
		"cells": {
			[]string{"-columns", "1000", "-rows", "500"},
			[]string{"a mosaic of 1000 x 500 cells and 300 photos takes about ", " and there is room for 204 MB; it needs -memory ", ", or -columns "},
		},
	} {
		t.Run(name, func(t *testing.T) {
			out := filepath.Join(t.TempDir(), "out")
			code, stdout, stderr := renderWith(t, append(tc.args, "-out", out, "-memory", "256")...)
			if code != 1 || stdout != "" {
				t.Errorf("exit code %d, %q", code, stdout)
			}
			for _, want := range tc.says {
				if !strings.Contains(stderr, want) {
					t.Errorf("no %q in %q", want, stderr)
				}
			}
			if _, err := os.Stat(out); err == nil {
				t.Error("something was written")
			}
		})
	}
}

// A bleed that makes the picture in the PDF too long is refused before anything is written, not after the poster.
func TestBleedBeyondTheEdgeOfJPEG(t *testing.T) {
	keepMemoryLimit(t)
	out := filepath.Join(t.TempDir(), "out")
	args := []string{"-photos", album(t, 2), "-columns", "1", "-rows", "63", "-tile", "1024", "-pdf", "-out", out, "-memory", "3000"}
	code, _, stderr := renderWith(t, append(args, "-bleed", "3")...)
	if _, err := os.Stat(out); code != 78 || !strings.Contains(stderr, "61 columns or rows fit") || err == nil {
		t.Errorf("exit code %d, %q, %v", code, stderr, err)
	}
	if code, _, stderr := renderWith(t, args...); code != 0 {
		t.Errorf("without bleed: exit code %d, %q", code, stderr)
	}
}

// What is suggested in place of too many columns is accepted, and one more is not.
func TestSuggestedColumnsFit(t *testing.T) {
	p := &job.Package{Options: job.Defaults(), Friends: make([]job.Friend, 100)}
	const room = 300 << 20
	at := func(columns int) grid { return grid{columns, columns * 4 / 3} }
	c := columnsFor(p, at(999), 0, room)
	if c == 0 || checkMemory(p, at(c), 0, room) != nil || checkMemory(p, at(c+1), 0, room) == nil {
		t.Errorf("%d columns are said to fit", c)
	}
}

// A poster that a tall target would make too long gets fewer columns, and says so.
func TestTallTarget(t *testing.T) {
	keepMemoryLimit(t)
	tall := image.NewNRGBA(image.Rect(0, 0, 10, 2000))
	for y := range 2000 {
		for x := range 10 {
			tall.Set(x, y, color.Gray{uint8(y / 8)})
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, tall, nil); err != nil {
		t.Fatal(err)
	}
	target := write(t, filepath.Join(t.TempDir(), "tall.jpg"), b.Bytes())
	code, stdout, stderr := renderWith(t, "-photos", album(t, 3), "-target", target, "-columns", "10", "-tile", "64", "-out", t.TempDir(), "-memory", "1000")
	if code != 0 || !strings.Contains(stdout, " 5 x 1022 cells") || !strings.Contains(stderr, "10 columns would make a poster longer than a JPEG can be; it gets 5, and 1022 rows") {
		t.Errorf("exit code %d, %q, %q", code, stdout, stderr)
	}
}

// Who asks gets the sentence; with -v, the cause follows.
func TestCauseOfAFailure(t *testing.T) {
	keepMemoryLimit(t)
	var b bytes.Buffer
	if err := png.Encode(&b, portrait.Draw(1, 64)); err != nil {
		t.Fatal(err)
	}
	target := write(t, filepath.Join(t.TempDir(), "cut.png"), b.Bytes()[:b.Len()*2/3])
	args := []string{"-target", target, "-columns", "10", "-out", t.TempDir()}
	code, _, stderr := renderWith(t, args...)
	if code != 1 || stderr != "worker render: We couldn’t use the picture to show. This picture is damaged or incomplete.\n" {
		t.Errorf("exit code %d, %q", code, stderr)
	}
	code, _, stderr = renderWith(t, append(args, "-v")...)
	if code != 1 || !strings.Contains(stderr, "incomplete.\ncause: ") || !strings.Contains(stderr, "some of its pixels are missing") {
		t.Errorf("exit code %d, %q", code, stderr)
	}
}

// A target may come out of a pipe, and is refused if it does not end.
func TestTargetFromAPipe(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("there is no /dev/fd")
	}
	keepMemoryLimit(t)
	send := func(write func(w io.Writer) error, memory string) (code int, stderr string) {
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		go func() {
			_ = write(w) // it fails where nobody reads any more
			w.Close()
		}()
		code, _, stderr = renderWith(t, "-target", fmt.Sprint("/dev/fd/", r.Fd()), "-columns", "5", "-tile", "8", "-out", t.TempDir(), "-memory", memory)
		return code, stderr
	}
	if code, stderr := send(func(w io.Writer) error { return png.Encode(w, portrait.Draw(1, 64)) }, "1000"); code != 0 {
		t.Errorf("exit code %d, %q", code, stderr)
	}
	zeros := func(w io.Writer) error {
		_, err := io.Copy(w, zeros{})
		return err
	}
	if code, stderr := send(zeros, "256"); code != 1 || !strings.Contains(stderr, "This file is larger than ") {
		t.Errorf("exit code %d, %q", code, stderr)
	}
}

// zeros never end.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}
