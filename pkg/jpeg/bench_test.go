package jpeg_test

import (
	"fmt"
	"strings"
	"testing"
)

// BenchmarkDecode decodes 2 megapixels. Compare with: djpeg -scale 1/N.
func BenchmarkDecode(b *testing.B) {
	for _, args := range []string{"-sample 2x2", "-sample 1x1", "-progressive", "-arithmetic"} {
		data := encode(b, picture(1600, 1250), strings.Fields(args)...)
		for _, scale := range []int{1, 2, 4, 8} {
			b.Run(fmt.Sprintf("%s at 1 to %d", strings.TrimPrefix(args, "-"), scale), func(b *testing.B) {
				b.SetBytes(int64(len(data)))
				b.ReportAllocs()
				for b.Loop() {
					if _, err := decode(data, scale); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
