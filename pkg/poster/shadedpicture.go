package poster

import (
	"encoding/binary"

	"smalti/pkg/parallel"
)

// shadedPicture is a picture whose blocks get new heads.
type shadedPicture struct {
	side    int   // in MCUs
	uses    int64 // in how many placements it is
	blocks  []shadedBlock
	ramps   [2][]fixedRamp // by destination
	rest    []byte         // the bits that are copied, each block's from a new byte
	longest int            // bits of a block
}

// shadedBlock is a block after its head: the zeros before the first coefficient that is not 0, that coefficient as a
// Huffman symbol counts it together with the zeros in the head, and bits that are the same with every head.
type shadedBlock struct {
	fineBlock
	zeros, size uint8  // a size of 0 stands for no coefficient
	extra       uint16 // additional bits of the coefficient
	rest        uint32 // where the bits begin
	count       uint16 // of bits
}

// headCodes are the codes that a block begins with, as code<<5 | size.
type headCodes struct {
	dc    *dcCodes
	ac    [2]acCodes  // after no zero and after one, with the additional bits
	of    [256]uint32 // each AC symbol; without a size, EOB
	zeros uint32      // 16 of them (ZRL)
}

// acCodes are the codes of AC coefficients with their additional bits; 0 has none.
type acCodes [2 * (maxAC + 1)]uint32

func newHeadCodes(dc *dcCodes, ac *huffman) headCodes {
	c := headCodes{dc: dc, zeros: uint32(ac.code[0xf0])<<5 | uint32(ac.size[0xf0])}
	for run := range c.ac {
		for i := range c.ac[run] {
			if size, extra := magnitude(int32(i - maxAC - 1)); size > 0 && size <= 10 {
				symbol := uint8(run)<<4 | size
				c.ac[run][i] = (uint32(ac.code[symbol])<<size|extra)<<5 | uint32(ac.size[symbol]+size)
			}
		}
	}
	for symbol := range c.of {
		of := symbol
		if of&15 == 0 {
			of = 0x00
		}
		c.of[symbol] = uint32(ac.code[of])<<5 | uint32(ac.size[of])
	}
	return c
}

// encode codes what is copied of all pictures, and what heads can be made of.
func (s *shading) encode(pictures []*coefficients, tables *tables, dc *[2]dcCodes) {
	for d := range s.codes {
		s.codes[d] = newHeadCodes(&dc[d], tables[d][acTable])
	}
	parallel.Each(len(pictures), func(n int) {
		p := &s.pictures[n]
		var w bitWriter
		for i := range p.blocks {
			b := &p.blocks[i]
			zeros, tokens := afterHead(pictures[n].block(i))
			b.rest = uint32(len(p.rest))
			if len(tokens) > 0 {
				b.zeros, b.size, b.extra = uint8(zeros), tokens[0].symbol()&15, uint16(tokens[0].extra())
				for _, t := range tokens[1:] {
					w.putToken(t, tables[s.blocks[i%len(s.blocks)].destination][acTable])
				}
			}
			b.count = uint16(len(w.words)*64 + int(w.pendingBits))
			w.flush()
			for _, word := range w.words {
				p.rest = binary.BigEndian.AppendUint64(p.rest, word)
			}
			w.words = w.words[:0]
			p.rest = p.rest[:int(b.rest)+int(b.count+7)/8]
			p.longest = max(p.longest, int(b.count))
		}
		p.rest = append(p.rest, make([]byte, 8)...) // 8 bytes can be read from anywhere
	})
}

// afterHead returns the tokens from the first coefficient behind a block's head that is not 0, and how many zeros are
// between.
func afterHead(tokens []token) (zeros int, rest []token) {
	at := 0
	for i, t := range tokens {
		symbol := t.symbol()
		if symbol == 0x00 {
			break
		}
		at += int(symbol>>4) + 1
		if symbol != 0xf0 && at >= headLength {
			return at - headLength, tokens[i:]
		}
	}
	return 0, nil
}

// headLength is the number of coefficients of a head.
const headLength = 3

// countRest counts the symbols of a picture behind its heads.
func (s *symbolCounts) countRest(c *coefficients, sampling Subsampling, uses int64) {
	_, all := sampling.blocksPerMCU()
	for i := range c.dc {
		ac := &s[min(sampling.componentOf(i%all), 1)][acTable]
		_, tokens := afterHead(c.block(i))
		for _, t := range tokens {
			ac[t.symbol()] += uses
		}
		if len(tokens) == 0 {
			ac[0x00] += uses
		}
	}
}
