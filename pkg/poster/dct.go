package poster

// fdctScale[u] is by how much [fdct] leaves a one-dimensional coefficient too large, beside the
// factor of sqrt(8): 1 and sqrt(2)*cos(u*pi/16). Literals are the same on every machine.
var fdctScale = [8]float64{
	1, 1.3870398453221475, 1.3065629648763766, 1.1758756024193588,
	1, 0.7856949583871023, 0.5411961001461971, 0.2758993792829431,
}

// fdct transforms a block in place (T.81, A.3.3) and leaves each coefficient at row v and column u
// multiplied by 8*fdctScale[v]*fdctScale[u], which the quantiser takes out again at no cost.
// The flow graph is that of Arai, Agui and Nakajima, "A fast DCT-SQ scheme for images" (1988):
// 5 multiplications and 29 additions for 8 samples.
func fdct(b *[64]float32) {
	for i := 0; i < 64; i += 8 {
		r := b[i : i+8 : i+8]
		r[0], r[1], r[2], r[3], r[4], r[5], r[6], r[7] = fdct8(r[0], r[1], r[2], r[3], r[4], r[5], r[6], r[7])
	}
	for i := range 8 {
		b[i], b[i+8], b[i+16], b[i+24], b[i+32], b[i+40], b[i+48], b[i+56] =
			fdct8(b[i], b[i+8], b[i+16], b[i+24], b[i+32], b[i+40], b[i+48], b[i+56])
	}
}

// fdct8 is one row or column. Every product is converted: that forbids the fused multiply-add of
// some processors (Go specification, "Floating-point operators"), so that all write the same bytes.
func fdct8(x0, x1, x2, x3, x4, x5, x6, x7 float32) (y0, y1, y2, y3, y4, y5, y6, y7 float32) {
	const (
		c4     = 0.7071067811865476  // cos(4 pi/16)
		c6     = 0.38268343236508977 // cos(6 pi/16)
		c2less = 0.5411961001461969  // cos(2 pi/16) - cos(6 pi/16)
		c2more = 1.3065629648763766  // cos(2 pi/16) + cos(6 pi/16)
	)
	s0, d0 := x0+x7, x0-x7
	s1, d1 := x1+x6, x1-x6
	s2, d2 := x2+x5, x2-x5
	s3, d3 := x3+x4, x3-x4

	a0, a3 := s0+s3, s0-s3
	a1, a2 := s1+s2, s1-s2
	y0, y4 = a0+a1, a0-a1
	z1 := float32((a2 + a3) * c4)
	y2, y6 = a3+z1, a3-z1

	b0, b1, b2 := d3+d2, d2+d1, d1+d0
	z5 := float32((b0 - b2) * c6)
	z2 := float32(b0*c2less) + z5
	z4 := float32(b2*c2more) + z5
	z3 := float32(b1 * c4)
	e0, e1 := d0+z3, d0-z3
	y5, y3 = e1+z2, e1-z2
	y1, y7 = e0+z4, e0-z4
	return
}
