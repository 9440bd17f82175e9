// Package heiftest makes small HEIC and AVIF files for tests. Their pictures have four parts: red and green above,
// blue and white below.
package heiftest

import (
	"encoding/base64"
	"encoding/binary"
	"slices"
)

// Width and Height are those of the coded pictures.
const Width, Height = 64, 48

// What x265 and libaom made of the picture: the decoders' configurations, and the coded data. Both are of full
// range and BT.601; the colours are not said elsewhere.
var (
	hvcC = decode("AQNwAAAAAAAAAAAAHvAA/P34+AAADwMgAAEAGEABDAH//wNwAAADAJAAAAMAAAMAHroCQCEAAQAqQgEBA3AAAAMAkAAAAwAAAwAeoCCBBZbq5Ka5uBAQMCAAAAMAIAAAAwAhIgABAAZEAcFzwIk=")
	hevc = decode("AAABKigBrwY4Wve238zgf//5Wm+h/euKidFb8aVjaq+5AjffwOd//6yYj3gPv4lOiKGcK1CvR5BP9oXvbr8Q3I6sr7pTBA6LN3exXHIQ39El9OlIjHE/eWC0Ywt/vQSoB3TbBNdWgHVFcDhz8xv3/ff/0igP/7TxHfzCGSdf3wRsPsrIse6Ri5finIX+aJo/4e+2IZf53gwH5Y+i7R6H+hOh++IgGQrqxbXAJjqqtZ8TvnyLsCaB72xPXFKDTLSzTNaMSZcS+6I6OXGbguWXzablLax8MuofmH9ecXcSz7Cf8t8QDQaU9dVrrJ/0dkaPsgRLX92Z5RptLxiNzz6jJFra7dnHsrALLOzqDALXSQHlQCb9ExXXaveGWF/0vvPtg+jXQfOGGtRU/hhivEA=")
	av1C = decode("gSAAAA==")
	av1  = decode("EgAKCTgVf72EBDQaQDIjRKAAggghALhm8bO1NdQRC2J7OrFtjRl1DfJWygFq672AFoA=")
)

func decode(s string) []byte {
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		panic(err)
	}
	return b
}

// Item is one picture in a file.
type Item struct {
	Kind       string // such as hvc1, av01 or grid
	Properties [][]byte
	Data       []byte
}

// HEVC is an item of the picture in HEVC, with more properties.
func HEVC(properties ...[]byte) Item {
	return Item{"hvc1", append([][]byte{Box("hvcC", hvcC), Size(Width, Height)}, properties...), hevc}
}

// AV1 is an item of the picture in AV1, with more properties.
func AV1(properties ...[]byte) Item {
	return Item{"av01", append([][]byte{Box("av1C", av1C), Size(Width, Height)}, properties...), av1}
}

// Grid is an item of columns x rows others, which are to be referred to with "dimg".
func Grid(columns, rows int, properties ...[]byte) Item {
	w, h := columns*Width, rows*Height
	data := []byte{0, 0, byte(rows - 1), byte(columns - 1), byte(w >> 8), byte(w), byte(h >> 8), byte(h)}
	return Item{"grid", append([][]byte{Size(w, h)}, properties...), data}
}

// Reference says how items belong together, by their numbers.
type Reference struct {
	Kind string // such as dimg, thmb or auxl
	From int
	To   []int
}

// Box is a box with a body of several parts.
func Box(name string, parts ...[]byte) []byte {
	body := slices.Concat(parts...)
	return append(append(binary.BigEndian.AppendUint32(nil, uint32(8+len(body))), name...), body...)
}

// Size is the property of a width and a height.
func Size(width, height int) []byte {
	return Box("ispe", u32(0), u32(width), u32(height))
}

// Turn is the property of so many quarter turns against the clock.
func Turn(quarters int) []byte { return Box("irot", []byte{byte(quarters)}) }

// Mirror is the property that swaps top and bottom (0) or left and right (1).
func Mirror(axis int) []byte { return Box("imir", []byte{byte(axis)}) }

// Colours is the property of code points.
func Colours(primaries, transfer, matrix int, full bool) []byte {
	last := byte(0)
	if full {
		last = 0x80
	}
	return Box("colr", []byte("nclx"), u16(primaries), u16(transfer), u16(matrix), []byte{last})
}

// File is a file of items, which are numbered from 1. The first one is the main picture.
func File(brand string, items []Item, references ...Reference) []byte {
	var infos, properties, associations, places, data []byte
	n := 0
	for i, item := range items {
		infos = append(infos, Box("infe", u32(2<<24), u16(i+1), u16(0), []byte(item.Kind), []byte{0})...)
		associations = append(append(associations, u16(i+1)...), byte(len(item.Properties)))
		for _, p := range item.Properties {
			n++
			properties = append(properties, p...)
			associations = append(associations, byte(n))
		}
		places = slices.Concat(places, u16(i+1), u16(0), u16(1), u32(len(data)), u32(len(item.Data)))
		data = append(data, item.Data...)
	}
	var refers []byte
	for _, r := range references {
		var to []byte
		for _, id := range r.To {
			to = append(to, u16(id)...)
		}
		refers = append(refers, Box(r.Kind, u16(r.From), u16(len(r.To)), to)...)
	}
	head := Box("ftyp", []byte(brand), u32(0), []byte("mif1"), []byte(brand))
	meta := func(start int) []byte {
		moved := slices.Clone(places)
		for i := 6; i < len(moved); i += 14 { // the offsets
			binary.BigEndian.PutUint32(moved[i:], binary.BigEndian.Uint32(moved[i:])+uint32(start))
		}
		parts := [][]byte{
			u32(0),
			Box("hdlr", u32(0), u32(0), []byte("pict"), make([]byte, 13)),
			Box("pitm", u32(0), u16(1)),
			Box("iloc", u32(0), []byte{0x44, 0}, u16(len(items)), moved),
			Box("iinf", u32(0), u16(len(items)), infos),
			Box("iprp", Box("ipco", properties), Box("ipma", u32(0), u32(len(items)), associations)),
		}
		if refers != nil {
			parts = append(parts, Box("iref", u32(0), refers))
		}
		return Box("meta", parts...)
	}
	start := len(head) + len(meta(0)) + 8
	return slices.Concat(head, meta(start), Box("mdat", data))
}

func u16(v int) []byte { return binary.BigEndian.AppendUint16(nil, uint16(v)) }

func u32(v int) []byte { return binary.BigEndian.AppendUint32(nil, uint32(v)) }
