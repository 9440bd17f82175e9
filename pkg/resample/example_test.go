package resample_test

import (
	"fmt"
	"image"
	"image/color"

	"smalti/pkg/resample"
)

func ExampleLanczos() {
	img := image.NewNRGBA(image.Rect(0, 0, 400, 300))
	for i := range img.Pix {
		img.Pix[i] = 255
	}
	small := resample.Lanczos(img, 40, 30)
	fmt.Println(small.Rect.Size(), small.NRGBAAt(20, 15) == color.NRGBA{255, 255, 255, 255})
	// Output: (40,30) true
}
