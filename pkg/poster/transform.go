package poster

import (
	"image"
	"math/bits"
)

// A token is one Huffman symbol of AC coefficients and its additional bits (T.81, F.1.2.2): the
// symbol in the upper half of the word, the bits in the lower half.
type token uint32

func newToken(symbol uint8, extra uint32) token { return token(symbol)<<16 | token(extra) }

func (t token) symbol() uint8 { return uint8(t >> 16) }
func (t token) extra() uint32 { return uint32(t & 0xffff) }

// magnitude returns the category of a value and its additional bits (Tables F.1 and F.2).
func magnitude(v int32) (size uint8, extra uint32) {
	sign := v >> 31
	size = uint8(bits.Len32(uint32((v ^ sign) - sign)))
	return size, uint32(v+sign) & (1<<size - 1)
}

// coefficients are those of a square picture, quantised, in the order of an interleaved scan (A.2.3): MCU
// by MCU, row by row.
type coefficients struct {
	side      int // in MCUs
	dc        []int16
	tokens    []token
	tokenEnds []uint32 // where each block's tokens end
	lo, hi    [3]int16 // least and greatest DC value of each component
	fine      []fineBlock
}

// transformer computes coefficients; it is not safe for concurrent use.
type transformer struct {
	sampling Subsampling
	quant    [2]*quantiser // luminance, chrominance
	luma     [4][64]float32
	chroma   [2][64]float32
	fine     bool // whether to keep fine coefficients
}

// Samples are 65,536 times their level, and chrominance of 2 x 2 pixels is their sum: integers, so
// nothing is rounded before the quantiser.
const sampleUnit = 1.0 / (1 << 16)

func newTransformer(o *Options) *transformer {
	unit := sampleUnit
	if o.Subsampling == S420 {
		unit /= 4
	}
	return &transformer{sampling: o.Subsampling, quant: [2]*quantiser{
		newQuantiser(&luminanceSteps, o.Quality, sampleUnit),
		newQuantiser(&chrominanceSteps, o.Quality, unit),
	}}
}

// blocksPerMCU returns how many blocks of luminance an MCU has, and how many in all.
func (s Subsampling) blocksPerMCU() (luma, all int) {
	if s == S420 {
		return 4, 6
	}
	return 1, 3
}

// componentOf returns the component of an MCU's block.
func (s Subsampling) componentOf(block int) int {
	luma, _ := s.blocksPerMCU()
	return max(0, block-luma+1)
}

// transform turns a picture whose sides are a multiple of the MCU into coefficients.
func (t *transformer) transform(m *image.NRGBA) *coefficients {
	luma, all := t.sampling.blocksPerMCU()
	mcu := 8
	if t.sampling == S420 {
		mcu = 16
	}
	side := m.Rect.Dx() / mcu
	out := &coefficients{
		side:      side,
		dc:        make([]int16, 0, side*side*all),
		tokenEnds: make([]uint32, 0, side*side*all),
		tokens:    make([]token, 0, side*side*all*8),
		lo:        [3]int16{1 << 14, 1 << 14, 1 << 14},
		hi:        [3]int16{-1 << 14, -1 << 14, -1 << 14},
	}
	for y := range side {
		for x := range side {
			pix := m.Pix[y*mcu*m.Stride+x*mcu*4:]
			if t.sampling == S420 {
				t.sample420(pix, m.Stride)
			} else {
				t.sample444(pix, m.Stride)
			}
			for i := range luma {
				t.add(out, &t.luma[i], 0)
			}
			t.add(out, &t.chroma[0], 1)
			t.add(out, &t.chroma[1], 2)
		}
	}
	return out
}

// add transforms, quantises and appends one block.
func (t *transformer) add(out *coefficients, b *[64]float32, component int) {
	fdct(b)
	q := t.quant[min(component, 1)]
	if t.fine {
		out.fine = append(out.fine, q.fine(b))
	}
	dc := int16(round(b[0] * q.scale[0]))
	out.dc = append(out.dc, dc)
	out.lo[component] = min(out.lo[component], dc)
	out.hi[component] = max(out.hi[component], dc)
	run := 0
	for k := 1; k < 64; k++ {
		at := zigzag[k]
		v := round(b[at&63] * q.scale[at&63])
		if v == 0 {
			run++
			continue
		}
		for ; run > 15; run -= 16 {
			out.tokens = append(out.tokens, newToken(0xf0, 0)) // ZRL
		}
		size, extra := magnitude(v)
		out.tokens = append(out.tokens, newToken(uint8(run)<<4|size, extra))
		run = 0
	}
	if run > 0 {
		out.tokens = append(out.tokens, newToken(0x00, 0)) // EOB
	}
	out.tokenEnds = append(out.tokenEnds, uint32(len(out.tokens)))
}

// block returns the tokens of a block.
func (out *coefficients) block(i int) []token {
	start := uint32(0)
	if i > 0 {
		start = out.tokenEnds[i-1]
	}
	return out.tokens[start:out.tokenEnds[i]]
}
