package photo

import (
	"bytes"
	"context"
	"errors"
	"image"
	"io"
	"syscall"

	"smalti/pkg/heif"
	"smalti/pkg/heifwasm"
	"smalti/pkg/icc"
)

// checkHEIF is [Check] for HEIC and AVIF, of which r has the beginning.
func checkHEIF(r io.Reader, l Limits) (Info, error) {
	p, err := heif.Parse(r)
	if err != nil {
		return Info{}, err
	}
	f := HEIC
	if p.AV1 {
		f = AVIF
	}
	info := Info{Format: f, Width: p.Width, Height: p.Height}
	c := heifCost(p)
	if p.Thumbnail != nil { // and only that will be decoded
		c = cost{DefaultPixels, 0}
	}
	return info, l.check(f, c, p.Width, p.Height)
}

// heifPixels is how many pixels of such a picture are decoded.
func (l Limits) heifPixels(p *heif.Picture) int64 {
	c := heifCost(p)
	if l.Memory > 0 {
		return (l.Memory - processMemory) / int64(c.memory)
	}
	return l.scaled(c.pixels)
}

// heifDeep reports whether a picture has more than 8 bits, for which its decoder needs twice the memory.
func heifDeep(data []byte) bool {
	p, err := heif.Parse(bytes.NewReader(data))
	return err == nil && p.AV1 && p.Depth > 8
}

func heifCost(p *heif.Picture) cost {
	for _, c := range costs {
		switch {
		case c.format == HEIC && !p.AV1, c.format == AVIF && p.AV1 && p.Depth <= 8:
			return c.cost
		case c.format == AVIF && p.AV1:
			return c.demanding
		}
	}
	return cost{}
}

// thumbnail replaces a picture by the thumbnail in its file, if that is large enough for what is made of it, or if
// the picture is too large to be decoded.
func thumbnail(data []byte, ask request) {
	p, err := heif.Parse(bytes.NewReader(data))
	if err != nil || p.Thumbnail == nil {
		return
	}
	has := max(p.Thumbnail.Width, p.Thumbnail.Height)
	if ask.Square {
		has = min(p.Thumbnail.Width, p.Thumbnail.Height)
	}
	if has >= ask.Side || int64(p.Width)*int64(p.Height) > ask.Limits.heifPixels(p) && !ask.Uncut {
		p.UseThumbnail(data)
	}
}

// heifDecoder decodes all pictures of a decoder process.
var heifDecoder heifwasm.Decoder

func (h header) isHEIF() bool { return h.Format == HEIC || h.Format == AVIF }

// decodeHEIF decodes a HEIC or AVIF picture in this process, and changes the data for that.
func (h header) decodeHEIF(ctx context.Context) (picture, error) {
	p, err := heif.Parse(bytes.NewReader(h.data))
	if err != nil {
		return picture{}, heifError(h.Format, err)
	}
	most := int(h.limits.heifPixels(p))
	s := source{profile: heifProfile(p)}
	decode := heifDecoder.AVIF
	if !p.AV1 {
		p.DoNotTurn(h.data)
		decode = heifDecoder.HEIC
	}
	if s.Image, err = decode(ctx, h.data, most); err != nil {
		return picture{}, heifError(h.Format, err)
	}
	h.Width, h.Height = s.Bounds().Dx(), s.Bounds().Dy() // less where it is cropped
	switch img := s.Image.(type) {
	case *image.YCbCr:
		s.matrix = matrixOf(p.Colours.Matrix, p.Colours.FullRange)
	case *image.Gray:
		if !p.Colours.FullRange {
			widen(img.Pix)
		}
	}
	return picture{h, s, p.Orientation}, nil
}

// heifProfile is the colour space of a picture: its profile, or else that of its code points.
func heifProfile(p *heif.Picture) *icc.Profile {
	profile := parseProfile(p.Profile)
	if profile == nil && p.Colours.Known {
		transfer := p.Colours.Transfer
		switch transfer {
		case 1, 2, 6, 14, 15: // video's curve is shown like that of sRGB, as in Chromium, and what is not said, too
			transfer = 13
		}
		profile = cicpProfile([]byte{byte(p.Colours.Primaries), byte(transfer), 0, 1})
	}
	if profile == nil || profile.IsSRGB() {
		return nil
	}
	return profile
}

// widen makes luma of limited range full.
func widen(pix []byte) {
	for i, v := range pix {
		pix[i] = clamp((int32(v)-16)*76309 + 1<<15)
	}
}

// heifError says what became of a picture in the words of this package.
func heifError(f Format, err error) error {
	if unsupported := heif.UnsupportedError(""); errors.As(err, &unsupported) {
		return &Error{Kind: Unusual, What: string(f), Err: err}
	}
	if errors.Is(err, syscall.ENOMEM) { // the file may be sound
		return &Error{Kind: TooCostly, What: string(f), Err: err}
	}
	return decodeError(f, err)
}
