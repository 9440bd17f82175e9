package photo

import (
	"bytes"
	"compress/zlib"
	"crypto/sha256"
	"encoding/binary"
	"image"
	"io"
	"math"
	"sync"

	"smalti/pkg/colour"
	"smalti/pkg/icc"
	"smalti/pkg/jpeg"
)

// profileOf is the colour space that a picture names, or nil for sRGB. A profile that is damaged or of a kind
// that is not known means sRGB, as in browsers.
func profileOf(f Format, data []byte) *icc.Profile {
	var p *icc.Profile
	switch f {
	case JPEG:
		p = parseProfile(jpegProfile(data))
	case PNG:
		p = pngProfile(data)
	case WebP:
		p = parseProfile(webpProfile(data))
	case BMP:
		p = parseProfile(bmpProfile(data))
	}
	if p == nil || p.IsSRGB() {
		return nil
	}
	return p
}

// profiles are those that were parsed lately, by their hash: a table takes as long as a small picture, and the
// photos of one camera or program have the same one. Nil means one that cannot be used.
var profiles = struct {
	sync.Mutex
	parsed map[[sha256.Size]byte]*icc.Profile
}{parsed: map[[sha256.Size]byte]*icc.Profile{}}

func parseProfile(data []byte) *icc.Profile {
	const most = 16 // of half a MB at most
	if len(data) == 0 {
		return nil
	}
	hash := sha256.Sum256(data)
	profiles.Lock()
	p, ok := profiles.parsed[hash]
	profiles.Unlock()
	if ok {
		return p
	}
	if parsed, err := icc.Parse(data); err == nil {
		p = parsed
	}
	profiles.Lock()
	defer profiles.Unlock()
	if len(profiles.parsed) >= most {
		clear(profiles.parsed)
	}
	profiles.parsed[hash] = p
	return p
}

// fits reports whether a profile can belong to a picture. Others are left alone, as browsers do.
func (s source) fits(p *icc.Profile) bool {
	_, grey := s.Image.(*image.Gray)
	inks := false
	if s.jpeg != nil {
		grey, inks = s.jpeg.grey, s.jpeg.CMYK
	}
	return p.Space == icc.CMYK && inks || p.Space == icc.RGB && !inks || p.Space == icc.Grey && grey
}

// jpegProfile joins the profile from its numbered segments (ICC.1:2022, B.4).
func jpegProfile(data []byte) []byte {
	const most = 255 // of parts: their number is a byte
	var parts [most + 1][]byte
	count := 0
	for marker, payload := range jpeg.Segments(data) {
		part, ok := bytes.CutPrefix(payload, []byte("ICC_PROFILE\x00"))
		if marker != jpeg.APP2 || !ok || len(part) < 2 {
			continue
		}
		count = int(part[1])
		parts[part[0]] = part[2:]
	}
	var whole []byte
	for i := 1; i <= count; i++ {
		if parts[i] == nil {
			return nil
		}
		whole = append(whole, parts[i]...)
	}
	return whole
}

// webpProfile is the ICCP chunk of a file in the extended form (RFC 9649, 2.7.1.4).
func webpProfile(data []byte) []byte {
	const profiled = 1 << 5
	name, payload, rest := chunk(data[12:])
	if name != "VP8X" || len(payload) == 0 || payload[0]&profiled == 0 {
		return nil
	}
	for name != "" && name != "ICCP" {
		name, payload, rest = chunk(rest)
	}
	if name == "" {
		return nil
	}
	return payload
}

// pngProfile follows the order of precedence of the PNG specification (third edition, 11.3.2): cICP, iCCP,
// sRGB, gAMA with cHRM.
func pngProfile(data []byte) *icc.Profile {
	found := map[string][]byte{}
	for name, payload := range pngChunks(data) {
		if name == "IDAT" {
			break
		}
		if found[name] == nil {
			found[name] = payload
		}
	}
	if cicp := found["cICP"]; len(cicp) == 4 && cicp[3] == 0 {
		return nil // limited range
	} else if len(cicp) == 4 {
		if p := cicpProfile(cicp); p != nil {
			return p
		}
	}
	if p := parseProfile(inflateProfile(found["iCCP"])); p != nil {
		return p
	}
	gama := found["gAMA"]
	const intents = 4
	if srgb := found["sRGB"]; len(srgb) == 1 && srgb[0] < intents || len(gama) != 4 {
		return nil
	}
	exponent := 1e5 / float64(binary.BigEndian.Uint32(gama))
	const usual = 2.2 // written by many programs for sRGB, and taken for that unless there are chromaticities
	if math.IsInf(exponent, 1) || found["cHRM"] == nil && math.Abs(exponent-usual) < 0.01 {
		return nil
	}
	p, _ := icc.New(chromaticities(found["cHRM"]), func(v float64) float64 { return math.Pow(v, exponent) })
	return p
}

// inflateProfile is the profile in an iCCP chunk: a name, a null, a method and a zlib stream.
func inflateProfile(chunk []byte) []byte {
	const (
		most     = 4 << 20 // bytes; the largest profiles in use are of about 2 MB
		longName = 80
	)
	name, compressed, ok := bytes.Cut(chunk, []byte{0})
	if !ok || len(compressed) < 1 || len(name) >= longName {
		return nil
	}
	r, err := zlib.NewReader(bytes.NewReader(compressed[1:]))
	if err != nil {
		return nil
	}
	profile, err := io.ReadAll(io.LimitReader(r, most))
	if err != nil {
		return nil
	}
	return profile
}

// chromaticities are those of a cHRM chunk in the order of [icc.New]; without one, those of sRGB.
func chromaticities(chunk []byte) [8]float64 {
	if len(chunk) != 32 {
		return icc.SRGBPrimaries
	}
	var v [8]float64
	for i := range v {
		v[(i+6)%8] = float64(binary.BigEndian.Uint32(chunk[4*i:])) / 1e5 // white comes first there
	}
	return v
}

// cicpProfile is the colour space of code points (ITU-T H.273, tables 2 and 3), of those that photos have.
func cicpProfile(cicp []byte) *icc.Profile {
	primaries, ok := map[byte][8]float64{
		1:  icc.SRGBPrimaries,
		4:  {0.67, 0.33, 0.21, 0.71, 0.14, 0.08, 0.310, 0.316}, // NTSC of 1953
		5:  {0.64, 0.33, 0.29, 0.60, 0.15, 0.06, 0.3127, 0.3290},
		6:  smpteC,
		7:  smpteC,
		8:  {0.681, 0.319, 0.243, 0.692, 0.145, 0.049, 0.310, 0.316},   // film
		9:  {0.708, 0.292, 0.170, 0.797, 0.131, 0.046, 0.3127, 0.3290}, // BT.2020
		11: {0.680, 0.320, 0.265, 0.690, 0.150, 0.060, 0.314, 0.351},   // DCI-P3
		12: {0.680, 0.320, 0.265, 0.690, 0.150, 0.060, 0.3127, 0.3290}, // Display P3
		22: {0.630, 0.340, 0.295, 0.605, 0.155, 0.077, 0.3127, 0.3290}, // EBU 3213
	}[cicp[0]]
	power := func(g float64) func(float64) float64 { return func(v float64) float64 { return math.Pow(v, g) } }
	curve := map[byte]func(float64) float64{
		1: power(2.4), 6: power(2.4), 11: power(2.4), 14: power(2.4), 15: power(2.4), // as displays show video (BT.1886)
		4: power(2.2), 5: power(2.8), 7: smpte240, 8: power(1), 12: colour.Linear, 13: colour.Linear, 16: pq, 18: hlg,
		17: func(v float64) float64 { return math.Pow(v, 2.6) * 52.37 / 48 }, // DCI
	}[cicp[1]]
	if !ok || curve == nil || cicp[2] != 0 {
		return nil
	}
	p, _ := icc.New(primaries, curve)
	return p
}

var smpteC = [8]float64{0.630, 0.340, 0.310, 0.595, 0.155, 0.070, 0.3127, 0.3290}

// smpte240 is the inverse of the transfer characteristics of SMPTE ST 240.
func smpte240(v float64) float64 {
	if v < 0.0913 {
		return v / 4
	}
	return math.Pow((v+0.1115)/1.1115, 1/0.45)
}

// shown is the light of a picture of high dynamic range on an ordinary screen, from candelas per square metre.
// Chromium has reference white, 203 of them (ITU-R BT.2408), at half of what the screen can show.
func shown(nits float64) float64 { return min(nits/203/2, 1) }

// pq is the inverse of the transfer characteristics of SMPTE ST 2084.
func pq(v float64) float64 {
	const m1, m2, c1, c2, c3 = 2610.0 / 16384, 2523.0 / 32, 3424.0 / 4096, 2413.0 / 128, 2392.0 / 128
	p := math.Pow(v, 1/m2)
	return shown(1e4 * math.Pow(max(p-c1, 0)/(c2-c3*p), 1/m1))
}

// hlg is the inverse of hybrid log-gamma with the system gamma of 1.2 (ITU-R BT.2100, table 5).
func hlg(v float64) float64 {
	const a, b, c = 0.17883277, 0.28466892, 0.55991073
	light := v * v / 3
	if v > 0.5 {
		light = (math.Exp((v-c)/a) + b) / 12
	}
	return shown(1000 * math.Pow(light, 1.2))
}
