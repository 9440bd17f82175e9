package jpeg_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	stdjpeg "image/jpeg"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"

	"smalti/pkg/jpeg"
)

func standard(t testing.TB, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := stdjpeg.Encode(&b, img, &stdjpeg.Options{Quality: 90}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestCutAnywhere: what comes before the cut is as it was, and the rest is not made up.
func TestCutAnywhere(t *testing.T) {
	for name, data := range map[string][]byte{
		"baseline":    encode(t, picture(70, 90), "-sample", "2x2"),
		"fine":        encode(t, picture(70, 90), "-sample", "1x1"),
		"restarts":    encode(t, picture(70, 90), "-restart", "2B"),
		"grey":        encode(t, picture(70, 90), "-grayscale"),
		"arithmetic":  encode(t, picture(70, 90), "-arithmetic"),
		"progressive": encode(t, picture(70, 90), "-progressive"),
	} {
		whole, err := decode(data, 8)
		if err != nil {
			t.Fatal(err)
		}
		before := 0
		for cut := 0; cut < len(data); cut += 5 {
			got, err := decode(data[:cut], 8)
			if err != nil {
				if before > 0 {
					t.Fatalf("%s: %d of %d bytes: %v", name, cut, len(data), err)
				}
				continue
			}
			if got.rows != got.present || got.rows < before || cut < len(data)-2 && !got.damaged {
				t.Fatalf("%s: %d of %d bytes: %+v rows, before %d, damaged: %v", name, cut, len(data), got.rows, before, got.damaged)
			}
			before = got.rows
			if name == "progressive" {
				continue
			}
			if worst, _ := differ(got.pix, whole.pix); worst > 0 {
				t.Fatalf("%s: %d of %d bytes: a level differs by %d", name, cut, len(data), worst)
			}
		}
		if name == "progressive" && before != whole.rows {
			t.Errorf("%s: %d rows", name, before)
		}
	}
}

// TestDamagedAsDjpeg: marks and noise in the data give what libjpeg-turbo shows, except in blocks with values so large
// that its 16 bits overflow. Its program adds an end to cut files.
func TestDamagedAsDjpeg(t *testing.T) {
	for _, args := range []string{"-sample 2x2", "-restart 1", "-restart 1B", "-restart 7B", "-grayscale", "-progressive", "-progressive -restart 3B", "-arithmetic -restart 1"} {
		data := encode(t, picture(90, 110), strings.Fields(args)...)
		start := bytes.Index(data, []byte{0xFF, 0xDA}) + 20
		state := uint32(7)
		for i := range 25 {
			bad := bytes.Clone(data)
			for range 1 + i%3 {
				state = state*1664525 + 1013904223
				at := start + int(state>>8)%(len(bad)-start-3)
				switch i % 5 {
				case 0:
					bad[at] ^= 1 << (state >> 29)
				case 1:
					bad[at], bad[at+1] = 0xFF, 0x55
				case 2:
					bad[at], bad[at+1] = 0xFF, 0xD0+byte(state>>5)&7
				case 3:
					bad = append(bad[:at], bad[at+1+i%2:]...)
				case 4:
					bad[at], bad[at+1] = 0xFF, 0xD9
				}
			}
			got, err := decode(bad, 8)
			if err != nil {
				t.Fatal(args, i, err)
			}
			if strings.Contains(args, "progressive") { // there, djpeg smooths what is coarse
				continue
			}
			want := djpeg(t, bad, 8)
			if n := len(got.pix); n == 0 {
				continue
			}
			if worst, mean := differ(got.pix, want.pix); mean > 5 {
				t.Errorf("%s, damage %d: the mean difference is %.2f, the largest %d", args, i, mean, worst)
			}
		}
	}
}

// segmentsOf removes or changes the segments of a JPEG up to its scan.
func edit(data []byte, change func(marker byte, payload []byte) []byte) []byte {
	out := []byte{0xFF, 0xD8}
	at := 2
	for {
		marker := data[at+1]
		n := int(binary.BigEndian.Uint16(data[at+2:]))
		out = append(out, change(marker, data[at:at+2+n])...)
		if at += 2 + n; marker == 0xDA {
			return append(out, data[at:]...)
		}
	}
}

// TestMotionJPEG: frames of videos leave out the usual Huffman tables.
func TestMotionJPEG(t *testing.T) {
	data := standard(t, picture(40, 30))
	without := edit(data, func(marker byte, segment []byte) []byte {
		if marker == 0xC4 {
			return nil
		}
		return segment
	})
	want, _ := decode(data, 8)
	got, err := decode(without, 8)
	if err != nil || !bytes.Equal(got.pix, want.pix) {
		t.Errorf("looks otherwise, or %v", err)
	}
}

// TestShortSegments: of a segment with an impossible length, the rest is skipped.
func TestShortSegments(t *testing.T) {
	data := standard(t, picture(40, 30))
	want, _ := decode(data, 8)
	for _, segment := range []string{"\xFF\xFE\x00\x00", "\xFF\xFE\x00\x01no length", "\x00\x01\x02", "\xFF\xFF\xFF\xFE\x00\x02", "\xFF\xE5\x00\x02\xFF\x00"} {
		got, err := decode(append(append(bytes.Clone(data[:2]), segment...), data[2:]...), 8)
		if err != nil || !bytes.Equal(got.pix, want.pix) {
			t.Errorf("%q: looks otherwise, or %v", segment, err)
		}
		if c, err := jpeg.DecodeConfig(bytes.NewReader(data)); err != nil || c.Width != 40 || c.Height != 30 {
			t.Errorf("%q: %+v, %v", segment, c, err)
		}
	}
}

// TestColours: without segments that say what they are, colours go by the numbers of the components.
func TestColours(t *testing.T) {
	data := standard(t, picture(40, 30))
	numbered := func(ids string) []byte {
		return edit(data, func(marker byte, segment []byte) []byte {
			segment = bytes.Clone(segment)
			for i := range ids {
				switch marker {
				case 0xC0:
					segment[10+3*i] = ids[i]
				case 0xDA:
					segment[5+2*i] = ids[i]
				}
			}
			return segment
		})
	}
	adobe := func(data []byte, transform byte) []byte {
		return append(append(bytes.Clone(data[:2]), append([]byte("\xFF\xEE\x00\x0EAdobe\x00\x64\x00\x00\x00\x00"), transform)...), data[2:]...)
	}
	jfif := func(data []byte) []byte {
		return append([]byte("\xFF\xD8\xFF\xE0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"), data[2:]...)
	}
	for name, data := range map[string][]byte{
		"123": numbered("\x01\x02\x03"), "RGB": numbered("RGB"), "other": numbered("\x07\x08\x09"), "the same": numbered("\x01\x01\x01"),
		"Adobe RGB": adobe(data, 0), "Adobe YCC": adobe(numbered("RGB"), 1), "Adobe unknown": adobe(data, 7), "JFIF": jfif(numbered("RGB")), "JFIF and Adobe": jfif(adobe(data, 0)),
	} {
		want := djpeg(t, data, 8)
		got, err := decode(data, 8)
		if err != nil || !bytes.Equal(got.pix, want.pix) {
			t.Errorf("%s: not the colours of djpeg, or %v", name, err)
		}
	}
}

func TestRefused(t *testing.T) {
	data := standard(t, picture(40, 30))
	frame := func(change func(payload []byte)) []byte {
		return edit(data, func(marker byte, segment []byte) []byte {
			if marker == 0xC0 {
				segment = bytes.Clone(segment)
				change(segment)
			}
			return segment
		})
	}
	without := func(which byte) []byte {
		return edit(data, func(marker byte, segment []byte) []byte {
			if marker == which {
				return nil
			}
			return segment
		})
	}
	for name, tc := range map[string]struct {
		data        []byte
		unsupported bool
	}{
		"nothing":          {nil, false},
		"no start":         {data[2:], false},
		"only a start":     {data[:2], false},
		"lossless":         {frame(func(p []byte) { p[1] = 0xC3 }), true},
		"twelve bits":      {frame(func(p []byte) { p[4] = 12 }), true},
		"no height":        {frame(func(p []byte) { p[5], p[6] = 0, 0 }), false},
		"no width":         {frame(func(p []byte) { p[7], p[8] = 0, 0 }), false},
		"sampling of 0":    {frame(func(p []byte) { p[11] = 0x02 }), false},
		"sampling of 5":    {frame(func(p []byte) { p[11] = 0x51 }), false},
		"unknown part":     {frame(func(p []byte) { p[10] = 77 }), false},
		"table 4":          {frame(func(p []byte) { p[12] = 4 }), false},
		"no tables":        {without(0xDB), false},
		"no frame":         {without(0xC0), false},
		"two frames":       {append(frame(func([]byte) {})[:2], edit(data, func(m byte, s []byte) []byte { return append(bytes.Clone(s), s...) })[2:]...), false},
		"unknown segments": {append([]byte("\xFF\xD8\xFF\xF7\x00\x02"), data[2:]...), false},
	} {
		_, err := decode(tc.data, 8)
		_, unsupported := errors.AsType[jpeg.UnsupportedError](err)
		_, format := errors.AsType[jpeg.FormatError](err)
		if unsupported != tc.unsupported || format == tc.unsupported {
			t.Errorf("%s: %v", name, err)
		}
	}
	if p, err := jpeg.Open(data); err != nil {
		t.Error(err)
	} else if _, err := p.Rows(t.Context(), 9); err == nil {
		t.Error("nine eighths were not refused")
	}
}

// TestManyScans: each costs a pass over all blocks, however few bytes it has.
func TestManyScans(t *testing.T) {
	data := encode(t, picture(64, 64), "-progressive")
	last := bytes.LastIndex(data, []byte{0xFF, 0xDA})
	bomb := append(bytes.Clone(data[:len(data)-2]), bytes.Repeat(data[last:len(data)-2], 200)...)
	if _, err := decode(bomb, 8); !errors.Is(err, jpeg.ErrTooComplex) {
		t.Errorf("200 more scans: %v", err)
	}
	dht := bytes.Index(data, []byte{0xFF, 0xC4})
	table := data[dht : dht+2+int(binary.BigEndian.Uint16(data[dht+2:]))]
	bomb = append(bytes.Clone(data[:dht]), append(bytes.Repeat(table, 1000), data[dht:]...)...)
	if _, err := decode(bomb, 8); !errors.Is(err, jpeg.ErrTooComplex) {
		t.Errorf("1000 more tables: %v", err)
	}
}

// TestHugeHeader: memory for a picture of one scan grows with its width only.
func TestHugeHeader(t *testing.T) {
	data := edit(standard(t, picture(40, 30)), func(marker byte, segment []byte) []byte {
		if marker == 0xC0 {
			segment = bytes.Clone(segment)
			copy(segment[5:], "\xFF\xFF\xFF\xFF")
		}
		return segment
	})
	data = data[:len(data)-2] // up to an end of image, all rows would be grey
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	d, err := decode(data, 8)
	runtime.ReadMemStats(&after)
	if bytes := after.TotalAlloc - before.TotalAlloc; err != nil || d.rows > 16 || bytes > 12<<20 {
		t.Errorf("%d rows and %d bytes for a picture of 65535 x 65535, %v", d.rows, bytes, err)
	}
}

func TestContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, args := range []string{"-sample 2x2", "-progressive"} {
		p, err := jpeg.Open(encode(t, picture(90, 90), strings.Fields(args)...))
		if err != nil {
			t.Fatal(err)
		}
		r, err := p.Rows(ctx, 8)
		if err == nil {
			if r.Next(make([]byte, 4*90)) {
				t.Errorf("%s: a row was made", args)
			}
			err = r.Err()
		}
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", args, err)
		}
	}
}

func TestDecodeConfigReadsOnlyTheHead(t *testing.T) {
	data := standard(t, picture(40, 30))
	r := bytes.NewReader(append(bytes.Clone(data), make([]byte, 1<<20)...))
	c, err := jpeg.DecodeConfig(r)
	if want := (jpeg.Config{Width: 40, Height: 30, Components: 3}); err != nil || c != want {
		t.Errorf("%+v, %v", c, err)
	}
	if r.Len() < 1<<20-8192 {
		t.Errorf("all but %d bytes were read", r.Len())
	}
	for cut := range 20 {
		if _, err := jpeg.DecodeConfig(io.LimitReader(bytes.NewReader(data), int64(cut))); err == nil {
			t.Errorf("%d bytes are enough", cut)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte{}, uint8(1))
	f.Add(standard(f, picture(20, 17)), uint8(0))
	for i, args := range []string{"-progressive -restart 1", "-arithmetic -progressive", "-arithmetic", "-sample 3x1", "-restart 1B -grayscale"} {
		f.Add(encode(f, picture(20, 17), strings.Fields(args)...), uint8(i))
	}
	f.Fuzz(func(t *testing.T, data []byte, size uint8) {
		c, err := jpeg.DecodeConfig(bytes.NewReader(data))
		p, openErr := jpeg.Open(data)
		if openErr == nil && (err != nil || p.Config() != c) {
			t.Fatalf("%+v is opened, but its header is %+v, %v", p.Config(), c, err)
		}
		if openErr != nil || c.Width*c.Height > 100_000 {
			return
		}
		begun := time.Now()
		d, err := decode(data, 1+int(size%8))
		if err != nil {
			return
		}
		if d.rows > d.height || d.present > c.Height || d.rows == d.height && d.present < c.Height {
			t.Errorf("%s: %d of %d rows, %d of %d present", fmt.Sprint(c), d.rows, d.height, d.present, c.Height)
		}
		if time.Since(begun) > 20*time.Second {
			t.Errorf("%d bytes took %v", len(data), time.Since(begun))
		}
	})
}
