package heif

import "encoding/binary"

// Colours are code points of ITU-T H.273; 2 means that it is not said. Known is false if the file says nothing.
type Colours struct {
	Known                       bool
	Primaries, Transfer, Matrix int
	FullRange                   bool
}

// readColours reads colr boxes. One with a profile and one with code points may both be there.
func (p *Picture) readColours(colr [][]byte) {
	for _, b := range colr {
		if len(b) < 4 {
			continue
		}
		switch kind, b := string(b[:4]), b[4:]; {
		case kind == "prof" || kind == "rICC":
			p.Profile = b
		case kind == "nclx" && len(b) >= 7:
			at := func(i int) int { return int(binary.BigEndian.Uint16(b[i:])) }
			p.Colours = Colours{true, at(0), at(2), at(4), b[6]&0x80 != 0}
		}
	}
}

// readConfig reads what the coding's own configuration says: the depth, and for HEVC the colours, unless a colr box
// has them.
func (p *Picture) readConfig(av1C, hvcC [][]byte) {
	switch {
	case p.AV1 && len(av1C) > 0 && len(av1C[0]) >= 3:
		const high, twelve = 0x40, 0x20
		if b := av1C[0][2]; b&high != 0 {
			p.Depth = 10
			if b&twelve != 0 {
				p.Depth = 12
			}
		}
	case !p.AV1 && len(hvcC) > 0 && len(hvcC[0]) >= 23:
		p.Depth = 8 + int(hvcC[0][17]&7)
		if !p.Colours.Known {
			p.Colours = hevcColours(hvcC[0])
		}
	}
}

// parseMovie reads the moov box of a sequence: the first track with pictures of AV1.
func parseMovie(moov []byte) (p *Picture, err error) {
	boxes(moov, func(name string, trak []byte, _ int) {
		if name != "trak" || p != nil {
			return
		}
		stsd := child(child(child(child(trak, "mdia"), "minf"), "stbl"), "stsd")
		if len(stsd) < 8 {
			return
		}
		entry := child(stsd[8:], "av01")
		const head = 78 // of a VisualSampleEntry
		if len(entry) < head {
			return
		}
		p = &Picture{AV1: true, Orientation: 1, Depth: 8}
		p.Width, p.Height = int(binary.BigEndian.Uint16(entry[24:])), int(binary.BigEndian.Uint16(entry[26:]))
		var colr, av1C [][]byte
		boxes(entry[head:], func(name string, b []byte, _ int) {
			switch name {
			case "colr":
				colr = append(colr, b)
			case "av1C":
				av1C = append(av1C, b)
			}
		})
		p.readColours(colr)
		p.readConfig(av1C, nil)
	})
	if p == nil || p.Width == 0 || p.Height == 0 {
		return nil, ErrFormat
	}
	return p, nil
}
