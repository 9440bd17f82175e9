package colour

import "sync"

// Levels maps light, 0 to 65535, to the nearest sRGB level. It is shared, and must not be changed.
var Levels = sync.OnceValue(func() *[65536]uint8 {
	var t [65536]uint8
	level := 0
	for i := range t {
		for level < 255 && float64(i) > 65535*Linear((float64(level)+0.5)/255) {
			level++
		}
		t[i] = uint8(level)
	}
	return &t
})
