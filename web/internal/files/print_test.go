package files

import (
	"bytes"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"testing"

	"smalti/pkg/pdf"
)

// Every object of a PDF must begin where its table of contents says.
func TestPrintedPageIsAPDF(t *testing.T) {
	picture := bytes.Repeat([]byte{0xff, 0xd8, 7}, 1000)
	for _, on := range Papers {
		for _, size := range [][2]int{{6400, 4288}, {4288, 6400}, {64, 64}, {65_500, 65_500}} {
			before, after := printPage(&on, size[0], size[1], int64(len(picture)))
			whole := bytes.Join([][]byte{before, picture, after}, nil)
			checkPDF(t, whole)
			if !bytes.Equal(whole[len(before):len(whole)-len(after)], picture) {
				t.Error("the picture's bytes were changed")
			}
			w, h := mediaBox(t, whole)
			if (w > h) != (size[0] > size[1]) && size[0] != size[1] {
				t.Errorf("%s: a picture of %v lies on a page of %v x %v", on.Name, size, w, h)
			}
			if max(w, h) > pdf.MaxSide {
				t.Errorf("%s: a page of %v x %v", on.Name, w, h)
			}
		}
	}
	// A4 is 595.28 x 841.89 points.
	before, after := printPage(&Papers[0], 100, 200, 1)
	if w, h := mediaBox(t, append(before, after...)); math.Abs(w-595.276) > 0.01 || math.Abs(h-841.890) > 0.01 {
		t.Errorf("A4 is %v x %v points", w, h)
	}
}

func checkPDF(t *testing.T, pdf []byte) {
	t.Helper()
	start := regexp.MustCompile(`startxref\n(\d+)\n%%EOF\n$`).FindSubmatch(pdf)
	if start == nil {
		t.Fatal("no startxref")
	}
	at, _ := strconv.Atoi(string(start[1]))
	if !bytes.HasPrefix(pdf[at:], []byte("xref\n0 9\n")) {
		t.Fatalf("at %d stands %.20q", at, pdf[at:])
	}
	for i, m := range regexp.MustCompile(`(\d{10}) 00000 n \n`).FindAllSubmatch(pdf[at:], -1) {
		offset, _ := strconv.Atoi(string(m[1]))
		if want := fmt.Sprintf("%d 0 obj\n", i+1); !bytes.HasPrefix(pdf[offset:], []byte(want)) {
			t.Errorf("at %d stands %.20q, want %q", offset, pdf[offset:], want)
		}
	}
}

func mediaBox(t *testing.T, pdf []byte) (w, h float64) {
	t.Helper()
	m := regexp.MustCompile(`MediaBox \[0 0 ([\d.]+) ([\d.]+)\]`).FindSubmatch(pdf)
	if m == nil {
		t.Fatal("no MediaBox")
	}
	w, _ = strconv.ParseFloat(string(m[1]), 64)
	h, _ = strconv.ParseFloat(string(m[2]), 64)
	return w, h
}
