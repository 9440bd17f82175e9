package poster

// JFIF's colours: Y, Cb and Cr of ITU-R BT.601 in full range, centred on 0 as the DCT wants them
// (T.81, A.3.1), in units of sampleUnit.
const (
	yR, yG, yB    = 19595, 38470, 7471    // 0.299, 0.587, 0.114; their sum is 65,536
	cbR, cbG, cbB = -11058, -21710, 32768 // sum 0, so that grey stays grey
	crR, crG, crB = 32768, -27439, -5329
	yCentre       = 128 << 16
)

// sample444 fills the blocks of an MCU of 8 x 8 pixels.
func (t *transformer) sample444(pix []uint8, stride int) {
	luma, cb, cr := &t.luma[0], &t.chroma[0], &t.chroma[1]
	for y := range 8 {
		row := pix[y*stride : y*stride+32 : y*stride+32]
		for x := range 8 {
			r, g, b := int32(row[x*4]), int32(row[x*4+1]), int32(row[x*4+2])
			luma[y*8+x] = float32(yR*r + yG*g + yB*b - yCentre)
			cb[y*8+x] = float32(cbR*r + cbG*g + cbB*b)
			cr[y*8+x] = float32(crR*r + crG*g + crB*b)
		}
	}
}

// sample420 fills the blocks of an MCU of 16 x 16 pixels.
func (t *transformer) sample420(pix []uint8, stride int) {
	for quarter := range 4 {
		left, top := quarter&1*8, quarter>>1*8
		luma := &t.luma[quarter]
		for y := 0; y < 8; y += 2 {
			at := (top+y)*stride + left*4
			upper := pix[at : at+32 : at+32]
			lower := pix[at+stride : at+stride+32 : at+stride+32]
			for x := 0; x < 8; x += 2 {
				r, g, b := int32(0), int32(0), int32(0)
				for _, p := range [4]struct {
					row []uint8
					to  int
				}{{upper[x*4:], y*8 + x}, {upper[x*4+4:], y*8 + x + 1}, {lower[x*4:], y*8 + 8 + x}, {lower[x*4+4:], y*8 + 8 + x + 1}} {
					r1, g1, b1 := int32(p.row[0]), int32(p.row[1]), int32(p.row[2])
					luma[p.to] = float32(yR*r1 + yG*g1 + yB*b1 - yCentre)
					r, g, b = r+r1, g+g1, b+b1
				}
				to := (top+y)/2*8 + (left+x)/2
				t.chroma[0][to] = float32(cbR*r + cbG*g + cbB*b)
				t.chroma[1][to] = float32(crR*r + crG*g + crB*b)
			}
		}
	}
}
