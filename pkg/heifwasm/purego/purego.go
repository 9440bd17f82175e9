// Package purego stands in for the module of that name, by a replace line in go.mod. The decoders of HEIC and AVIF
// would use it to load libheif and libavif from the system where these are installed. Pictures of strangers are
// decoded in WebAssembly only, so there is nothing here that could load a library.
package purego

import "errors"

// The flags of dlopen(3).
const (
	RTLD_NOW    = 2     //nolint:staticcheck // the name is that of the module
	RTLD_GLOBAL = 0x100 //nolint:staticcheck // as above
)

// Dlopen fails.
func Dlopen(string, int) (uintptr, error) {
	return 0, errors.New("libraries of the system are not loaded")
}

// RegisterLibFunc is never called, because nothing can be opened.
func RegisterLibFunc(any, uintptr, string) { panic("no library was opened") }
