// Package photo turns untrusted bytes into upright, square pictures, and downloads such bytes from the
// public internet without giving access to private networks.
//
// [Limits] are checked before bytes are read and before pixels are decoded. The format is told by the first
// bytes, never by a name or a Content-Type. Every error that a person should read is an [*Error]. Pictures
// come out in sRGB: ICC profiles of matrices and curves and the colour chunks of PNG are applied, profiles of
// tables (most of those for CMYK) are not.
package photo

// Limits bound what one picture may cost. A zero field means its default.
type Limits struct {
	Bytes  int64 // encoded; default 20 MiB
	Pixels int   // decoded, width times height; default 40 million
}

// The defaults of [Limits]: enough for the better phones of today.
const (
	DefaultBytes  = 20 << 20
	DefaultPixels = 40_000_000
)

func (l Limits) orDefaults() Limits {
	if l.Bytes <= 0 {
		l.Bytes = DefaultBytes
	}
	if l.Pixels <= 0 {
		l.Pixels = DefaultPixels
	}
	return l
}

// Format is a picture format that can be decoded.
type Format string

// The formats that can be decoded. Of an animation it is the first frame that is not blank, on
// its canvas.
const (
	JPEG Format = "JPEG"
	PNG  Format = "PNG"
	GIF  Format = "GIF"
	WebP Format = "WebP"
)

// Info is what the header of a picture says.
type Info struct {
	Format        Format
	Width, Height int // as stored, before any turning; of an animation, its canvas
}
