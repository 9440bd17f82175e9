package pdf_test

import (
	"bytes"
	"fmt"
	"image"
	"regexp"
	"strconv"
	"testing"

	"smalti/pkg/pdf"
)

var page = pdf.Page{
	Unit: 1, Width: 100, Height: 50, Bleed: pdf.Box{0, 0, 100, 50}, Trim: pdf.Box{5, 5, 95, 45},
	Content: "q 100 0 0 50 0 0 cm /Poster Do Q\n", Picture: image.Pt(200, 100),
}

// Every object of a PDF must begin where its cross-reference table says.
func TestObjectsAreFound(t *testing.T) {
	for _, size := range []int{0, 1, 3000} {
		before, after := page.Wrap()
		file := bytes.Join([][]byte{before, make([]byte, size), after(int64(size))}, nil)
		start := regexp.MustCompile(`startxref\n(\d+)\n%%EOF\n$`).FindSubmatch(file)
		if start == nil {
			t.Fatal("no startxref")
		}
		at, _ := strconv.Atoi(string(start[1]))
		objects := regexp.MustCompile(`(\d{10}) 00000 n \n`).FindAllSubmatch(file[at:], -1)
		if !bytes.HasPrefix(file[at:], []byte("xref\n0 9\n")) || len(objects) != 8 {
			t.Fatalf("%d objects, at %d: %.20q", len(objects), at, file[at:])
		}
		for i, m := range objects {
			offset, _ := strconv.Atoi(string(m[1]))
			if want := fmt.Sprintf("%d 0 obj\n", i+1); !bytes.HasPrefix(file[offset:], []byte(want)) {
				t.Errorf("at %d: %.20q, want %q", offset, file[offset:], want)
			}
		}
	}
}

func ExamplePage_Wrap() {
	jpeg := []byte("the bytes of a JPEG")
	before, after := page.Wrap()
	var file bytes.Buffer
	for _, part := range [][]byte{before, jpeg, after(int64(len(jpeg)))} {
		file.Write(part)
	}
	fmt.Printf("%.8s\n", file.Bytes())
	// Output: %PDF-1.6
}
