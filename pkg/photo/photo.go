// Package photo turns untrusted bytes into upright, square pictures.
//
// [Limits] are checked before bytes are read and before pixels are decoded. The format is told by the first
// bytes, never by a name or a Content-Type. Every error that a person should read is an [*Error]. Pictures
// come out in sRGB: ICC profiles of matrices and curves and the colour chunks of PNG are applied, profiles of
// tables (most of those for CMYK) are not.
package photo

// Limits bound what one picture may cost. A zero field means its default.
type Limits struct {
	Bytes  int64 // encoded; default 20 MiB
	Pixels int   // decoded, width times height; default 40 million; baseline JPEG may have 1.6 times as many
}

// The defaults of [Limits]. With 1.6 times as many pixels, baseline JPEG may have the 48, 50 and 64 megapixels of
// the better phones of today: it takes 3 bytes of memory per pixel at most, others take 8 and more.
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

// pixels is the limit for a picture of that format. head is the beginning of a JPEG up to its frame.
func (l Limits) pixels(f Format, head []byte) int64 {
	if f == JPEG && factsOf(head).baseline() {
		return int64(l.Pixels) * 8 / 5
	}
	return int64(l.Pixels)
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
	BMP  Format = "BMP"
	ICO  Format = "ICO" // its largest picture
)

// Info is what the header of a picture says.
type Info struct {
	Format        Format
	Width, Height int // as stored, before any turning; of an animation, its canvas
}
