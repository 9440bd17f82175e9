package poster

import (
	"math"
	"math/rand/v2"
	"testing"
)

// checkCodes says what is wrong with a table: each counted symbol has a code of at most 16 bits, no
// code begins with another, and none is ones only.
func checkCodes(t *testing.T, h *histogram, table *huffman) (bits int64) {
	t.Helper()
	space := 0
	for s, n := range h {
		size := table.size[s]
		if n == 0 {
			if size != 0 {
				t.Errorf("symbol %d has a code and does not occur", s)
			}
			continue
		}
		if size == 0 || size > 16 {
			t.Fatalf("symbol %d has a code of %d bits", s, size)
		}
		if table.code[s] == 1<<size-1 {
			t.Errorf("symbol %d has a code of ones only", s)
		}
		space += 1 << (16 - size)
		bits += n * int64(size)
		for o := range s {
			if short := min(size, table.size[o]); short > 0 && table.code[s]>>(size-short) == table.code[o]>>(table.size[o]-short) {
				t.Errorf("the codes of %d and %d begin alike", s, o)
			}
		}
	}
	if space >= 1<<16 {
		t.Errorf("the codes fill all of the space")
	}
	return bits
}

func TestCodesFitAnyHistogram(t *testing.T) {
	var one, all, fibonacci, steep histogram
	one[17] = 5
	a, b := int64(1), int64(1)
	for i := range all {
		all[i] = 1
		if i < 80 {
			fibonacci[i] = a
			a, b = b, a+b
		}
		if i < 40 {
			steep[i] = 1 << i
		}
	}
	for name, h := range map[string]*histogram{"one": &one, "all": &all, "fibonacci": &fibonacci, "steep": &steep} {
		t.Run(name, func(t *testing.T) { checkCodes(t, h, newHuffman(h)) })
	}
}

// Huffman codes need at most the most probable symbol's probability and 0.086 bits more than the
// entropy (Gallager, "Variations on a theme by Huffman", 1978); the code that K.2 keeps free costs a
// little too.
func TestCodesAreNearTheEntropy(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	for range 20 {
		var h histogram
		for range 2 + rnd.IntN(160) {
			n := int64(rnd.ExpFloat64() * 10_000)
			h[rnd.IntN(256)] += 1 + n*n
		}
		var total, most int64
		for _, n := range h {
			total, most = total+n, max(most, n)
		}
		entropy := 0.0
		for _, n := range h {
			if n > 0 {
				entropy -= float64(n) / float64(total) * math.Log2(float64(n)/float64(total))
			}
		}
		bound := entropy + float64(most)/float64(total) + 0.086 + 0.01
		if bits := float64(checkCodes(t, &h, newHuffman(&h))) / float64(total); bits > bound {
			t.Errorf("%.3f bits a symbol, want at most %.3f; the entropy is %.3f", bits, bound, entropy)
		}
	}
}
