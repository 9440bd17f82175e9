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
			luma[y*8+x] = lumaOf(r, g, b)
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
			first, second := luma[y*8:y*8+8:y*8+8], luma[y*8+8:y*8+16:y*8+16]
			for x := 0; x < 8; x += 2 {
				two, below := upper[x*4:x*4+8:x*4+8], lower[x*4:x*4+8:x*4+8]
				r0, g0, b0 := int32(two[0]), int32(two[1]), int32(two[2])
				r1, g1, b1 := int32(two[4]), int32(two[5]), int32(two[6])
				r2, g2, b2 := int32(below[0]), int32(below[1]), int32(below[2])
				r3, g3, b3 := int32(below[4]), int32(below[5]), int32(below[6])
				first[x], first[x+1] = lumaOf(r0, g0, b0), lumaOf(r1, g1, b1)
				second[x], second[x+1] = lumaOf(r2, g2, b2), lumaOf(r3, g3, b3)
				r, g, b := r0+r1+r2+r3, g0+g1+g2+g3, b0+b1+b2+b3
				to := (top+y)/2*8 + (left+x)/2
				t.chroma[0][to] = float32(cbR*r + cbG*g + cbB*b)
				t.chroma[1][to] = float32(crR*r + crG*g + crB*b)
			}
		}
	}
}

func lumaOf(r, g, b int32) float32 { return float32(yR*r + yG*g + yB*b - yCentre) }
