package heif

import (
	"bytes"
	"encoding/binary"
	"slices"
)

// The most that a header may list. Cameras write a few hundred tiles at most.
const (
	maxItems      = 4096
	maxProperties = 4096
)

// meta is what a meta box says of the items in the file.
type meta struct {
	primary    uint32
	field      field
	kinds      map[uint32]string
	properties []property
	has        map[uint32][]association // which of the properties an item has, in their order
	thumbnails map[uint32][]uint32
	tiles      map[uint32][]uint32 // of a grid
	alphas     map[uint32]bool     // items that have one
}

type association struct {
	index int // of the property
	entry field
}

type property struct {
	name string
	body []byte
}

// parseMeta reads a meta box, whose body begins at that offset in the file.
func parseMeta(body []byte, at int64) (*Picture, error) {
	m := meta{kinds: map[uint32]string{}, has: map[uint32][]association{}, thumbnails: map[uint32][]uint32{}, tiles: map[uint32][]uint32{}, alphas: map[uint32]bool{}}
	if len(body) < 4 {
		return nil, ErrFormat
	}
	ok := true
	var references []byte // they need the properties
	sound := boxes(body[4:], func(name string, b []byte, offset int) {
		switch name {
		case "pitm":
			ok = m.readPrimary(b, at+4+int64(offset)) && ok
		case "iinf":
			ok = m.readItems(b) && ok
		case "iprp":
			ok = m.readProperties(b, at+4+int64(offset)) && ok
		case "iref":
			references = b
		}
	})
	if !sound || !ok || !m.readReferences(references) {
		return nil, ErrFormat
	}
	return m.picture()
}

func (m *meta) readPrimary(b []byte, at int64) bool {
	c := cursor{b: b}
	version, _ := c.full()
	m.field = field{at: at + 4, size: wide(version > 0)}
	m.primary = c.uint(m.field.size)
	return !c.bad
}

// wide is the size of a number.
func wide(yes bool) int {
	if yes {
		return 4
	}
	return 2
}

func (m *meta) readItems(b []byte) bool {
	c := cursor{b: b}
	version, _ := c.full()
	if c.uint(wide(version > 0)) > maxItems || c.bad {
		return false
	}
	ok := true
	return boxes(c.b, func(name string, b []byte, _ int) {
		e := cursor{b: b}
		version, _ := e.full()
		if name != "infe" || version < 2 || len(m.kinds) >= maxItems {
			return
		}
		id := e.uint(wide(version > 2))
		e.take(2) // protection
		m.kinds[id] = string(e.take(4))
		ok = ok && !e.bad
	}) && ok
}

// readProperties reads an iprp box, whose body begins at that offset in the file.
func (m *meta) readProperties(b []byte, at int64) bool {
	if !boxes(child(b, "ipco"), func(name string, b []byte, _ int) {
		if len(m.properties) < maxProperties {
			m.properties = append(m.properties, property{name, b})
		}
	}) {
		return false
	}
	ok := true
	return boxes(b, func(name string, b []byte, offset int) {
		if name == "ipma" {
			ok = m.readAssociations(b, at+int64(offset)) && ok
		}
	}) && ok
}

func (m *meta) readAssociations(b []byte, at int64) bool {
	c := cursor{b: b}
	version, flags := c.full()
	for range c.uint(4) {
		id := c.uint(wide(version > 0))
		for range c.uint(1) {
			entry := field{at: at + int64(len(b)-len(c.b)), size: 1 + int(flags&1)}
			index := int(c.uint(entry.size)) &^ (0x80 << (8 * (entry.size - 1))) // without "essential"
			if index > 0 && index <= len(m.properties) && len(m.has[id]) < maxProperties {
				m.has[id] = append(m.has[id], association{index - 1, entry})
			}
		}
		if c.bad {
			return false
		}
	}
	return !c.bad
}

// readReferences notes which items belong to others.
func (m *meta) readReferences(b []byte) bool {
	if b == nil {
		return true
	}
	c := cursor{b: b}
	version, _ := c.full()
	size := wide(version > 0)
	ok := true
	return boxes(c.b, func(name string, b []byte, _ int) {
		c := cursor{b: b}
		from := c.uint(size)
		for range c.uint(2) {
			to := c.uint(size)
			switch {
			case c.bad:
				ok = false
				return
			case name == "thmb":
				m.thumbnails[to] = append(m.thumbnails[to], from)
			case name == "dimg":
				m.tiles[from] = append(m.tiles[from], to)
			case name == "auxl" && m.isAlpha(from):
				m.alphas[to] = true
			}
		}
	}) && ok
}

func (m *meta) isAlpha(id uint32) bool {
	return slices.ContainsFunc(m.of(id, "auxC"), func(b []byte) bool {
		return bytes.Contains(b, []byte("alpha")) || bytes.Contains(b, []byte("hevc:2015:auxid:1"))
	})
}

// of are the bodies of an item's properties of that name.
func (m *meta) of(id uint32, name string) (all [][]byte) {
	for _, a := range m.has[id] {
		if p := m.properties[a.index]; p.name == name {
			all = append(all, p.body)
		}
	}
	return all
}

// size is an item's width and height.
func (m *meta) size(id uint32) (width, height int, ok bool) {
	ispe := m.of(id, "ispe")
	if len(ispe) == 0 || len(ispe[0]) < 12 {
		return 0, 0, false
	}
	w, h := binary.BigEndian.Uint32(ispe[0][4:]), binary.BigEndian.Uint32(ispe[0][8:])
	return int(w), int(h), w > 0 && h > 0 && w < 1<<31 && h < 1<<31
}

// picture describes the main picture.
func (m *meta) picture() (*Picture, error) {
	p := &Picture{primary: m.field, Alpha: m.alphas[m.primary], Depth: 8}
	kind, coded := m.kinds[m.primary], m.primary
	if kind == "grid" || kind == "iovl" || kind == "iden" {
		if len(m.tiles[m.primary]) == 0 {
			return nil, ErrFormat
		}
		coded = m.tiles[m.primary][0]
	}
	kind = m.kinds[coded]
	if kind == "" {
		return nil, ErrFormat
	}
	if kind != "hvc1" && kind != "av01" {
		return nil, UnsupportedError(kind)
	}
	p.AV1 = kind == "av01"
	var ok bool
	if p.Width, p.Height, ok = m.size(m.primary); !ok {
		return nil, ErrFormat
	}
	p.Orientation = m.orientation(m.primary)
	for _, a := range m.has[m.primary] {
		if name := m.properties[a.index].name; name == "irot" || name == "imir" {
			p.turns = append(p.turns, a.entry)
		}
	}
	p.readColours(m.of(coded, "colr"))
	if coded != m.primary {
		p.readColours(m.of(m.primary, "colr"))
	}
	p.readConfig(m.of(coded, "av1C"), m.of(coded, "hvcC"))
	if p.AV1 {
		return p, nil // libavif does not decode thumbnails
	}
	for _, id := range m.thumbnails[m.primary] {
		w, h, ok := m.size(id)
		if ok && m.kinds[id] == kind && m.alike(id, m.primary) && (p.Thumbnail == nil || w*h > p.Thumbnail.Width*p.Thumbnail.Height) {
			p.Thumbnail = &Thumbnail{w, h, id}
		}
	}
	return p, nil
}

// alike reports whether an item can stand for another one: it is turned in the same way, and has the same colours.
func (m *meta) alike(id, other uint32) bool {
	return (m.field.size == 4 || id <= 0xFFFF) && m.orientation(id) == m.orientation(other) &&
		slices.EqualFunc(m.of(id, "colr"), m.of(other, "colr"), bytes.Equal)
}

// orientation joins the turns and mirrors of an item, which apply in their order.
func (m *meta) orientation(id uint32) int {
	const upright = 1
	o := upright
	for _, a := range m.has[id] {
		p := m.properties[a.index]
		if len(p.body) < 1 {
			continue
		}
		switch p.name {
		case "irot":
			for range p.body[0] & 3 {
				o = turnedLeft[o]
			}
		case "imir":
			o = mirrored[o][p.body[0]&1]
		}
	}
	return o
}

// What an EXIF orientation becomes by another quarter turn against the clock, and by mirroring top with bottom
// (0) or left with right (1).
var (
	turnedLeft = [9]int{1: 8, 8: 3, 3: 6, 6: 1, 2: 5, 5: 4, 4: 7, 7: 2}
	mirrored   = [9][2]int{1: {4, 2}, 2: {3, 1}, 3: {2, 4}, 4: {1, 3}, 5: {8, 6}, 6: {7, 5}, 7: {6, 8}, 8: {5, 7}}
)
