package jpeg_test

import (
	"fmt"
	"strings"
	"testing"
)

// BenchmarkDecode decodes 2 megapixels. Compare with: djpeg -scale N/8.
func BenchmarkDecode(b *testing.B) {
	for _, args := range []string{"-sample 2x2", "-sample 1x1", "-progressive", "-arithmetic"} {
		data := encode(b, picture(1600, 1250), strings.Fields(args)...)
		for _, size := range []int{8, 6, 5, 4, 3, 2, 1} {
			b.Run(fmt.Sprintf("%s at %d eighths", strings.TrimPrefix(args, "-"), size), func(b *testing.B) {
				b.SetBytes(int64(len(data)))
				b.ReportAllocs()
				for b.Loop() {
					if _, err := decode(data, size); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
