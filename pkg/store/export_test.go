package store

// For the fuzz tests.
var (
	ParseManifest   = parseManifest
	ParseServerPath = func(p string) (rel string, err error) {
		at, err := parseServerPath(p)
		return at.rel, err
	}
)
