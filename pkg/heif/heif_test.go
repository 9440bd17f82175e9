package heif_test

import (
	"bytes"
	"fmt"
	"os"
	"testing"

	"smalti/pkg/heif"
)

func TestDump(t *testing.T) {
	for _, f := range []string{"/work/shared/cases/phone12.heic", "/work/shared/photos/nasty/photo.heic", "/work/shared/photos/nasty/hopper.heif", "/work/shared/photos/nasty/black-seattle-truncated.heic", "/work/shared/photos/nasty/rot1mir0.avif", "/work/shared/photos/nasty/photo.avif", "/work/shared/photos/nasty/hopper.avif", "/work/shared/photos/nasty/17000x17000.avif"} {
		b, _ := os.ReadFile(f)
		p, err := heif.Parse(bytes.NewReader(b))
		if p != nil {
			p.Profile = p.Profile[:min(10, len(p.Profile))]
			fmt.Printf("%s %+v %+v %v\n", f, *p, p.Thumbnail, err)
		} else {
			fmt.Println(f, err)
		}
	}
}
