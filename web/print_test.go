package main

import (
	"bytes"
	"image/jpeg"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"smalti/pkg/testenv"
)

func TestAFinishedMosaicCanBePrinted(t *testing.T) {
	t.Parallel()
	base := startSystem(t)
	id := accept(t, base, small)
	if code, _, _ := get(t, base+"/m/"+id+"/print.pdf?paper=a5"); code != http.StatusUnprocessableEntity {
		t.Errorf("a paper that is not offered: %d", code)
	}
	expectDone(t, base, id, soon)
	code, pdf, header := get(t, base+"/m/"+id+"/print.pdf?paper=letter")
	if code != http.StatusOK || header.Get("Content-Type") != "application/pdf" || header.Get("Content-Length") != strconv.Itoa(len(pdf)) {
		t.Fatalf("%d %v", code, header)
	}
	if !bytes.HasPrefix(pdf, []byte("%PDF-")) || !bytes.HasSuffix(pdf, []byte("%%EOF\n")) {
		t.Errorf("not a PDF: %.20q", pdf)
	}
	begin := bytes.Index(pdf, []byte{0xff, 0xd8})
	if c, err := jpeg.DecodeConfig(bytes.NewReader(pdf[begin:])); err != nil || c.Width != 192 {
		t.Errorf("the picture: %+v, %v", c, err)
	}
	if tool, err := exec.LookPath("qpdf"); err == nil || testenv.Real() {
		name := filepath.Join(t.TempDir(), "print.pdf")
		if err := os.WriteFile(name, pdf, 0o644); err != nil {
			t.Fatal(err)
		}
		if out, err := exec.Command(tool, "--check", name).CombinedOutput(); err != nil {
			t.Errorf("qpdf: %v\n%s", err, out)
		}
	}
	if code, _, _ := get(t, base+"/m/AAAAAAAAAAAAAAAAAAAAAA/print.pdf"); code != http.StatusNotFound {
		t.Errorf("a mosaic that is not there: %d", code)
	}
}
