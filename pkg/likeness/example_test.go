package likeness_test

import (
	"fmt"
	"image"
	"image/color"

	"smalti/pkg/likeness"
)

func ExampleCompare() {
	averages := func(img *image.NRGBA) *likeness.Picture {
		p, err := likeness.Average(img, 16, 16)
		if err != nil {
			fmt.Println(err)
		}
		return p
	}
	grey, light := plain(64, 64, color.NRGBA{120, 120, 120, 255}), plain(64, 64, color.NRGBA{130, 130, 130, 255})
	d, err := likeness.Compare(averages(grey), averages(light))
	fmt.Printf("CIEDE2000 %.1f, SSIM %.2f, %v\n", d.Mean, d.SSIM, err)
	// Output: CIEDE2000 3.9, SSIM 1.00, <nil>
}
