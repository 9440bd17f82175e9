// Package photo turns untrusted bytes into upright, square pictures.
//
// [Limits] are checked before bytes are read and before pixels are decoded. The format is told by the first
// bytes, never by a name or a Content-Type. Every error that a person should read is an [*Error]. Pictures
// come out in sRGB: ICC profiles and the colour chunks of PNG are applied as Chromium does.
//
// HEIC and AVIF are decoded in processes of their own, which are this program started again; see
// [smalti/pkg/decoderprocess].
package photo

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
	HEIC Format = "HEIC"
	AVIF Format = "AVIF" // of a sequence, its first picture
)

// Info is what the header of a picture says.
type Info struct {
	Format        Format
	Width, Height int // as stored, before any turning; of an animation, its canvas
}
