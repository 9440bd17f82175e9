package counting_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"testing"

	"smalti/pkg/counting"
)

func ExampleWriter() {
	w := &counting.Writer{Writer: os.Stdout}
	fmt.Fprintln(w, "four tiles")
	fmt.Println(w.Bytes, "bytes")
	// Output:
	// four tiles
	// 11 bytes
}

type half struct{}

func (half) Write(p []byte) (int, error) { return len(p) / 2, errors.New("disk full") }

// What did not get there is not counted.
func TestWriterCountsWhatGotThere(t *testing.T) {
	told := 0
	w := &counting.Writer{Writer: half{}, Written: func(n int) { told += n }}
	if _, err := io.WriteString(w, "12345678"); err == nil || w.Bytes != 4 || told != 4 {
		t.Errorf("%d counted, %d told (%v), want 4", w.Bytes, told, err)
	}
}
