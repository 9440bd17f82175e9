package setup

import (
	"errors"
	"os"
	"runtime/debug"

	"smalti/pkg/config"
	"smalti/pkg/gather"
	"smalti/pkg/photo"
)

// Memory says how much memory a process that renders may use.
type Memory struct{ mb int64 }

// Define adds the flag.
func (m *Memory) Define(s *config.Set) {
	s.Group("Rendering")
	s.Int64Var(&m.mb, "memory", 0, "`MB` that this process may use for rendering; a mosaic that needs more is left to a larger worker, or refused before it starts (default what the control group, or else the machine, allows)")
	s.Check(func() error {
		if m.mb != 0 && m.mb < 256 {
			return errors.New("-memory: less than 256 MB has no room for a mosaic")
		}
		return nil
	})
}

// bytesPerPixel is what decoding takes, with the upright copy.
const bytesPerPixel = 8

// Limit makes this process keep to its memory: the garbage collector works harder near the limit (unless
// GOMEMLIMIT says otherwise), and photos decodes no more at once, and no larger ones, than a quarter has
// room for. It returns the bytes that are left for all jobs together; 0 means no limit, because the machine does not
// say how much memory there is.
func (m *Memory) Limit(photos *gather.Gatherer) (forJobs int64) {
	bytes := m.bytes()
	if bytes == 0 {
		return 0
	}
	limitCollector(bytes)
	photos.Memory = min(bytes/4, 1<<30)
	photos.Limits.Pixels = int(min(photo.DefaultPixels, photos.Memory/bytesPerPixel))
	return bytes / 10 * 6
}

// Owner makes this process keep to its memory, as Limit does, for a single mosaic of the machine's owner. It returns the
// bytes that there are for the mosaic and for decoding its photos together. Where the machine does not say how much
// memory there is, it takes 4 GB.
func (m *Memory) Owner() int64 {
	bytes := m.bytes()
	if bytes == 0 {
		bytes = 4 << 30
	}
	limitCollector(bytes)
	return bytes / 100 * OwnerShare
}

// OwnerShare is how much of the memory, in hundredths, [Memory.Owner] returns.
const OwnerShare = 80

// bytes is what was asked for, or else what there is, or 0.
func (m *Memory) bytes() int64 {
	if m.mb > 0 {
		return m.mb << 20
	}
	return available(os.DirFS("/"))
}

// limitCollector has the garbage collector keep to so many bytes with all that it does not see.
func limitCollector(bytes int64) {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(bytes / 10 * 9)
	}
}
