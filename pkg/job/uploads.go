package job

import (
	"maps"
	"slices"
)

// Uploads are the batches of the store that a package takes photos from: what can be deleted when
// the mosaic is made or given up.
func (p *Package) Uploads() []string {
	batches := make(map[string]bool)
	note := func(address string) {
		if a, err := ParseAddress(address); err == nil && a.Scheme == Upload {
			batches[a.Batch] = true
		}
	}
	note(p.Target.URL)
	for _, f := range p.Friends {
		note(f.Photo)
	}
	return slices.Sorted(maps.Keys(batches))
}
