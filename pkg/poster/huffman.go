package poster

// histogram counts symbols.
type histogram [256]int64

// huffman is a table of codes, made for a histogram.
type huffman struct {
	bits [17]uint8 // how many codes there are of each length (T.81, B.2.4.2)
	vals []uint8   // the symbols, shortest code first
	code [256]uint16
	size [256]uint8 // 0 where a symbol has no code
}

// newHuffman makes the best codes of at most 16 bits that the procedure of T.81, K.2 finds.
// Each symbol that h counts gets one.
func newHuffman(h *histogram) *huffman {
	sizes := codeSizes(h)
	t := &huffman{bits: limitSizes(sizes[:])}
	for length := range 256 {
		for symbol, s := range sizes[:256] {
			if s == length+1 {
				t.vals = append(t.vals, uint8(symbol))
			}
		}
	}
	t.assign()
	return t
}

// codeSizes returns how long each symbol's code would be without a limit (Figure K.1). Symbol 256
// is the one of K.2 that makes sure that no code consists of ones only.
func codeSizes(h *histogram) (size [257]int) {
	var freq [257]int64
	copy(freq[:], h[:])
	freq[256] = 1
	var others [257]int
	for i := range others {
		others[i] = -1
	}
	for {
		v1 := rarest(&freq, -1)
		v2 := rarest(&freq, v1)
		if v2 < 0 {
			return size
		}
		freq[v1] += freq[v2]
		freq[v2] = 0
		for size[v1]++; others[v1] >= 0; size[v1]++ {
			v1 = others[v1]
		}
		others[v1] = v2
		for size[v2]++; others[v2] >= 0; size[v2]++ {
			v2 = others[v2]
		}
	}
}

// rarest returns the symbol with the least frequency above 0, the last one of several, other than
// the one given; -1 if there is none.
func rarest(freq *[257]int64, other int) int {
	best := -1
	for i, f := range freq {
		if f > 0 && i != other && (best < 0 || f <= freq[best]) {
			best = i
		}
	}
	return best
}

// limitSizes counts codes by length, shortens those of more than 16 bits at the cost of others, and
// takes out the reserved one (Figures K.2 and K.3; lengths beyond the 32 of the figures occur here,
// because a poster's counts are large).
func limitSizes(sizes []int) (bits [17]uint8) {
	var count [258]int
	for _, s := range sizes {
		if s > 0 {
			count[s]++
		}
	}
	for i := len(count) - 1; i > 16; i-- {
		for count[i] > 0 {
			j := i - 2
			for count[j] == 0 {
				j--
			}
			count[i] -= 2
			count[i-1]++
			count[j+1] += 2
			count[j]--
		}
	}
	longest := 16
	for count[longest] == 0 {
		longest--
	}
	count[longest]--
	for i := range bits {
		bits[i] = uint8(count[i])
	}
	return bits
}

// assign gives the codes (C.2, Figures C.1 to C.3).
func (t *huffman) assign() {
	code, k := uint16(0), 0
	for length := 1; length <= 16; length++ {
		for range t.bits[length] {
			t.code[t.vals[k]], t.size[t.vals[k]] = code, uint8(length)
			code++
			k++
		}
		code <<= 1
	}
}
