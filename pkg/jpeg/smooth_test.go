package jpeg_test

import "testing"

// TestCutProgressiveAsDjpeg: coefficients that did not arrive are estimated as libjpeg-turbo does.
func TestCutProgressiveAsDjpeg(t *testing.T) {
	for _, args := range []string{"1x1", "2x2"} {
		data := encode(t, picture(90, 110), "-progressive", "-quality", "75", "-sample", args)
		for part := 1; part < 20; part++ {
			cut := data[:len(data)*part/20]
			got, err := decode(cut, 8)
			if err != nil || got.rows < got.height {
				continue
			}
			want := djpeg(t, cut, 8)
			if worst, mean := differ(got.pix, want.pix); mean > 0.5 {
				t.Errorf("%s, %d of 20 parts: the mean difference is %.2f, the largest %d", args, part, mean, worst)
			}
		}
	}
}
