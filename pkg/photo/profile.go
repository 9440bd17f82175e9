package photo

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"io"
	"math"

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
	}
	if p == nil || p.IsSRGB() {
		return nil
	}
	return p
}

func parseProfile(data []byte) *icc.Profile {
	p, err := icc.Parse(data)
	if err != nil {
		return nil
	}
	return p
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
	name, _, rest := chunk(data[12:])
	if name != "VP8X" {
		return nil
	}
	name, payload, _ := chunk(rest)
	if name != "ICCP" {
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
	if cicp := found["cICP"]; len(cicp) == 4 {
		if p := cicpProfile(cicp); p != nil {
			return p
		}
	}
	if p := parseProfile(inflateProfile(found["iCCP"])); p != nil {
		return p
	}
	gama := found["gAMA"]
	if found["sRGB"] != nil || len(gama) != 4 {
		return nil
	}
	exponent := 1e5 / float64(binary.BigEndian.Uint32(gama))
	if !(exponent > 0.1 && exponent < 20) {
		return nil
	}
	p, _ := icc.New(chromaticities(found["cHRM"]), func(v float64) float64 { return math.Pow(v, exponent) })
	return p
}

// inflateProfile is the profile in an iCCP chunk: a name, a null, a method and a zlib stream.
func inflateProfile(chunk []byte) []byte {
	const most = 4 << 20 // bytes; the largest profiles in use are of about 2 MB
	_, compressed, ok := bytes.Cut(chunk, []byte{0})
	if !ok || len(compressed) < 1 {
		return nil
	}
	r, err := zlib.NewReader(bytes.NewReader(compressed[1:]))
	if err != nil {
		return nil
	}
	profile, _ := io.ReadAll(io.LimitReader(r, most)) // what is cut off may lack nothing but the checksum
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
		9:  {0.708, 0.292, 0.170, 0.797, 0.131, 0.046, 0.3127, 0.3290}, // BT.2020
		11: {0.680, 0.320, 0.265, 0.690, 0.150, 0.060, 0.314, 0.351},   // DCI-P3
		12: {0.680, 0.320, 0.265, 0.690, 0.150, 0.060, 0.3127, 0.3290}, // Display P3
	}[cicp[0]]
	curve := map[byte]func(float64) float64{
		1: bt709, 6: bt709, 14: bt709, 15: bt709,
		4:  func(v float64) float64 { return math.Pow(v, 2.2) },
		5:  func(v float64) float64 { return math.Pow(v, 2.8) },
		8:  func(v float64) float64 { return v },
		13: colour.Linear,
	}[cicp[1]]
	if !ok || curve == nil || cicp[2] != 0 {
		return nil
	}
	p, _ := icc.New(primaries, curve)
	return p
}

// bt709 is the inverse of the transfer characteristics of ITU-R BT.709.
func bt709(v float64) float64 {
	if v < 0.081 {
		return v / 4.5
	}
	return math.Pow((v+0.099)/1.099, 1/0.45)
}
