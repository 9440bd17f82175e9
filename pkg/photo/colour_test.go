package photo_test

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"smalti/pkg/photo"
)

// withChunks puts chunks in front of the first IDAT of a PNG.
func withChunks(file []byte, chunks ...[]byte) []byte {
	at := bytes.Index(file, []byte("IDAT")) - 4
	out := bytes.Clone(file[:at])
	for _, c := range chunks {
		out = append(out, c...)
	}
	return append(out, file[at:]...)
}

func numbers(v ...uint32) []byte {
	var b []byte
	for _, n := range v {
		b = binary.BigEndian.AppendUint32(b, n)
	}
	return b
}

// displayP3 is a profile with the primaries of Display P3 under D50 and the curve of sRGB.
func displayP3() []byte {
	s15 := func(v float64) uint32 { return uint32(int32(v*65536 + 0.5)) }
	xyz := func(x, y, z float64) []byte {
		return append([]byte("XYZ \x00\x00\x00\x00"), numbers(s15(x), s15(y), s15(z))...)
	}
	curve := append([]byte("para\x00\x00\x00\x00\x00\x03\x00\x00"), numbers(s15(2.4), s15(1/1.055), s15(0.055/1.055), s15(1/12.92), s15(0.04045))...)
	tags := []struct {
		name string
		data []byte
	}{
		{"rXYZ", xyz(0.51512, 0.24120, -0.00105)}, {"gXYZ", xyz(0.29198, 0.69225, 0.04189)}, {"bXYZ", xyz(0.15710, 0.06657, 0.78407)},
		{"rTRC", curve}, {"gTRC", curve}, {"bTRC", curve},
	}
	p := make([]byte, 128)
	copy(p[8:], "\x04\x00\x00\x00mntrRGB XYZ ")
	copy(p[36:], "acsp")
	copy(p[68:], numbers(63190, 65536, 54061)) // D50
	p = append(p, numbers(uint32(len(tags)))...)
	at := len(p) + 12*len(tags)
	var data []byte
	for _, t := range tags {
		p = append(append(p, t.name...), numbers(uint32(at+len(data)), uint32(len(t.data)))...)
		data = append(data, t.data...)
	}
	binary.BigEndian.PutUint32(p, uint32(len(p)+len(data)))
	return append(p, data...)
}

func compressed(profile []byte) []byte {
	var b bytes.Buffer
	b.WriteString("name\x00\x00")
	w := zlib.NewWriter(&b)
	w.Write(profile)
	w.Close()
	return b.Bytes()
}

// plain is a PNG of one colour.
func plain(c color.NRGBA) []byte {
	img := image.NewNRGBA(image.Rect(0, 0, 8, 8))
	for i := 0; i < len(img.Pix); i += 4 {
		copy(img.Pix[i:], []byte{c.R, c.G, c.B, c.A})
	}
	var b bytes.Buffer
	png.Encode(&b, img)
	return b.Bytes()
}

// The levels of Display P3 follow from the published matrix between the two spaces.
func TestColoursAreConvertedToSRGB(t *testing.T) {
	p3, gamma := pngChunk(nil, "iCCP", compressed(displayP3()), nil), pngChunk(nil, "gAMA", numbers(100000), nil)
	srgb := pngChunk(nil, "sRGB", []byte{0}, nil)
	cicp := func(primaries, transfer byte) []byte {
		return pngChunk(nil, "cICP", []byte{primaries, transfer, 0, 1}, nil)
	}
	c := color.NRGBA{200, 100, 50, 255}
	for name, test := range map[string]struct {
		chunks [][]byte
		want   [3]uint8
	}{
		"nothing":                     {nil, [3]uint8{200, 100, 50}},
		"sRGB":                        {[][]byte{srgb, gamma}, [3]uint8{200, 100, 50}},
		"linear gAMA":                 {[][]byte{gamma}, [3]uint8{229, 168, 122}},
		"Display P3":                  {[][]byte{p3}, [3]uint8{215, 93, 31}},
		"iCCP before sRGB and gAMA":   {[][]byte{gamma, srgb, p3}, [3]uint8{215, 93, 31}},
		"cICP before all":             {[][]byte{p3, srgb, gamma, cicp(1, 13)}, [3]uint8{200, 100, 50}},
		"cICP of Display P3":          {[][]byte{cicp(12, 13)}, [3]uint8{215, 93, 31}},
		"cICP that is not known":      {[][]byte{p3, cicp(99, 13)}, [3]uint8{215, 93, 31}},
		"a profile cut off":           {[][]byte{pngChunk(nil, "iCCP", compressed(displayP3()[:200]), nil)}, [3]uint8{200, 100, 50}},
		"a profile that is no stream": {[][]byte{pngChunk(nil, "iCCP", []byte("name\x00\x00what"), nil)}, [3]uint8{200, 100, 50}},
		"gAMA of zero":                {[][]byte{pngChunk(nil, "gAMA", numbers(0), nil)}, [3]uint8{200, 100, 50}},
	} {
		t.Run(name, func(t *testing.T) {
			img, err := photo.Picture(withChunks(plain(c), test.chunks...), 8, photo.Limits{})
			if err != nil {
				t.Fatal(err)
			}
			for i, want := range test.want {
				if d := int(img.Pix[i]) - int(want); d < -1 || d > 1 {
					t.Fatalf("%v, want %v", img.Pix[:3], test.want)
				}
			}
		})
	}
}

// A profile in a JPEG comes in parts, in any order.
func TestJPEGProfileInParts(t *testing.T) {
	img := image.NewGray(image.Rect(0, 0, 16, 16))
	var b bytes.Buffer
	jpeg.Encode(&b, img, nil)
	file, profile := b.Bytes(), displayP3()
	part := func(number byte, data []byte) []byte {
		payload := append([]byte("ICC_PROFILE\x00"), number, 2)
		payload = append(payload, data...)
		return append([]byte{0xFF, 0xE2, byte((len(payload) + 2) >> 8), byte(len(payload) + 2)}, payload...)
	}
	whole := append(bytes.Clone(file[:2]), part(2, profile[150:])...)
	whole = append(append(whole, part(1, profile[:150])...), file[2:]...)
	if !photo.HasProfile(photo.JPEG, whole) {
		t.Error("not found")
	}
	if missing := append(append(bytes.Clone(file[:2]), part(2, profile[150:])...), file[2:]...); photo.HasProfile(photo.JPEG, missing) {
		t.Error("found without its first part")
	}
}

// Lossy WebP is decoded as libwebp does.
func TestWebPIsAsDecodedByLibwebp(t *testing.T) {
	vips, err := exec.LookPath("vips")
	if err != nil {
		t.Skip("vips is not installed")
	}
	dir := t.TempDir()
	img := image.NewNRGBA(image.Rect(0, 0, 61, 47))
	random := rand.New(rand.NewPCG(1, 2))
	for y := range 47 {
		for x := range 61 {
			img.SetNRGBA(x, y, color.NRGBA{uint8(255 * (x / 20 % 2)), uint8(5 * y), uint8(4*x + random.IntN(8)), 255})
		}
	}
	var b bytes.Buffer
	png.Encode(&b, img)
	in, webp, out := filepath.Join(dir, "in.png"), filepath.Join(dir, "a.webp"), filepath.Join(dir, "out.png")
	os.WriteFile(in, b.Bytes(), 0o600)
	for _, args := range [][]string{{"copy", in, webp + "[Q=80]"}, {"copy", webp, out}} {
		if said, err := exec.Command(vips, args...).CombinedOutput(); err != nil {
			t.Skipf("vips %v: %v, %s", args, err, said) // without WebP
		}
	}
	compareWith(t, webp, out, 2)
}

// Halved chroma is interpolated as libjpeg-turbo does.
func TestChromaIsAsDecodedByDjpeg(t *testing.T) {
	djpeg, err := exec.LookPath("djpeg")
	if err != nil {
		t.Skip("djpeg is not installed")
	}
	img := image.NewYCbCr(image.Rect(0, 0, 61, 47), image.YCbCrSubsampleRatio420)
	for i := range img.Y {
		img.Y[i] = uint8(60 + i%100)
	}
	for i := range img.Cb {
		img.Cb[i], img.Cr[i] = uint8(i*7), uint8(i*13)
	}
	var b bytes.Buffer
	jpeg.Encode(&b, img, &jpeg.Options{Quality: 95})
	dir := t.TempDir()
	in, out := filepath.Join(dir, "in.jpg"), filepath.Join(dir, "out.ppm")
	os.WriteFile(in, b.Bytes(), 0o600)
	if said, err := exec.Command(djpeg, "-dct", "int", "-outfile", out, in).CombinedOutput(); err != nil {
		t.Fatalf("djpeg: %v, %s", err, said)
	}
	compareWith(t, in, out, 4) // its DCT rounds in other places
}

// compareWith compares the picture in a file with the PNG or PPM that another program made of it.
func compareWith(t *testing.T, file, decoded string, most int) {
	t.Helper()
	data, _ := os.ReadFile(file)
	got, err := photo.Picture(data, 1<<16, photo.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	want := image.NewNRGBA(got.Rect)
	other, _ := os.ReadFile(decoded)
	if ppm, ok := bytes.CutPrefix(other, []byte("P6\n61 47\n255\n")); ok {
		for i := range 61 * 47 {
			copy(want.Pix[4*i:], ppm[3*i:3*i+3])
		}
	} else {
		img, err := png.Decode(bytes.NewReader(other))
		if err != nil {
			t.Fatal(err)
		}
		for y := range want.Rect.Dy() {
			for x := range want.Rect.Dx() {
				want.Set(x, y, img.At(x, y))
			}
		}
	}
	worst := 0
	for i := range got.Pix {
		if i%4 != 3 {
			worst = max(worst, int(got.Pix[i])-int(want.Pix[i]), int(want.Pix[i])-int(got.Pix[i]))
		}
	}
	if worst > most {
		t.Errorf("a level differs by %d, want at most %d", worst, most)
	}
}
