package pages

import (
	"container/list"
	"reflect"
	"sync"

	"smalti/pkg/job"
)

// finishedPages keeps pages of mosaics that are done or have failed, as they are sent. All pages of a mosaic are
// kept and forgotten together; those that were asked for the longest ago go first. The zero value is empty. It is
// safe for concurrent use.
type finishedPages struct {
	mu      sync.Mutex
	mosaics map[string]*list.Element // of *finishedMosaic, by id
	order   list.List                // the latest first
	bytes   int
}

// finishedMosaic has the pages of a mosaic in one state.
type finishedMosaic struct {
	status job.Status
	pages  map[pageKind]*finishedPage
	bytes  int
}

// pageKind is what the pages of a mosaic in one state differ in.
type pageKind struct {
	voice *voice
	base  string // of absolute links
	mine  bool
}

// finishedPage is a page, and the same with gzip.
type finishedPage struct{ plain, zipped []byte }

const (
	maxFinishedBytes = 8 << 20
	maxFinishedKinds = 16 // of one mosaic: whoever asks may call this server by any name
	finishedOverhead = 1 << 10
)

// get returns a page that was kept for exactly this status, or nil. What is kept for another one is forgotten.
func (f *finishedPages) get(status job.Status, kind pageKind) *finishedPage {
	f.mu.Lock()
	defer f.mu.Unlock()
	at := f.mosaics[status.ID]
	if at == nil {
		return nil
	}
	m := at.Value.(*finishedMosaic)
	if !reflect.DeepEqual(m.status, status) {
		f.remove(at)
		return nil
	}
	f.order.MoveToFront(at)
	return m.pages[kind]
}

// put keeps a page.
func (f *finishedPages) put(status job.Status, kind pageKind, page *finishedPage) {
	f.mu.Lock()
	defer f.mu.Unlock()
	at := f.mosaics[status.ID]
	if at != nil && (!reflect.DeepEqual(at.Value.(*finishedMosaic).status, status) || len(at.Value.(*finishedMosaic).pages) >= maxFinishedKinds) {
		f.remove(at)
		at = nil
	}
	if at == nil {
		if f.mosaics == nil {
			f.mosaics = make(map[string]*list.Element)
		}
		at = f.order.PushFront(&finishedMosaic{status: status, pages: make(map[pageKind]*finishedPage)})
		f.mosaics[status.ID] = at
	}
	m := at.Value.(*finishedMosaic)
	if m.pages[kind] == nil {
		n := finishedOverhead + len(kind.base) + len(page.plain) + len(page.zipped)
		m.bytes += n
		f.bytes += n
		m.pages[kind] = page
	}
	for f.bytes > maxFinishedBytes {
		f.remove(f.order.Back())
	}
}

// forget removes all pages of a mosaic.
func (f *finishedPages) forget(id string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if at := f.mosaics[id]; at != nil {
		f.remove(at)
	}
}

func (f *finishedPages) remove(at *list.Element) {
	m := f.order.Remove(at).(*finishedMosaic)
	delete(f.mosaics, m.status.ID)
	f.bytes -= m.bytes
}
