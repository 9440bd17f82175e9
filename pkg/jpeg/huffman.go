package jpeg

import "sync"

const fastBits = 9

// huffman decodes codes (ITU-T T.81, annexes C and F.2.2.3).
//
// An entry of the table has, from its lowest bit on: how many bits to drop (6), the run of zeros (4, from bit 8 on),
// how many bits of the value follow (4, from bit 12 on), the value (16) if these bits were among those that were
// looked up. A value of 0 means that it must be read, or that there is none.
type huffman struct {
	fast   [1 << fastBits]int32 // by the next bits; 0: the code is longer
	bound  [17]uint32           // by length: codes of 16 bits below it are of that length at most
	offset [17]int              // by length: what leads from a code to its symbol
	symbol [256]byte
}

// newHuffman reads the part of a table behind its number. It returns how many bytes that took, and nil for a table
// with more codes than there are.
func newHuffman(p []byte, dc bool) (*huffman, int) {
	if len(p) < 16 {
		return nil, 0
	}
	h := new(huffman)
	code, n := 0, 0
	for length := 1; length <= 16; length++ {
		count := int(p[length-1])
		if n+count > 256 || 16+n+count > len(p) || code+count > 1<<length {
			return nil, 0
		}
		h.offset[length] = n - code
		for range count {
			s := p[16+n]
			if dc && s > 15 {
				return nil, 0
			}
			h.symbol[n] = s
			if length <= fastBits {
				h.spread(s, code<<(fastBits-length), length)
			}
			code++
			n++
		}
		h.bound[length] = uint32(code) << (16 - length)
		code <<= 1
	}
	return h, 16 + n
}

// spread enters a symbol for all bits that may follow its code.
func (h *huffman) spread(symbol byte, code, length int) {
	run, size := int32(symbol>>4), int(symbol&15)
	free := fastBits - length
	if size == 0 || size > free {
		e := int32(length) | run<<8 | int32(size)<<12
		for i := range 1 << free {
			h.fast[code+i] = e
		}
		return
	}
	e := int32(length+size) | run<<8
	for v := range 1 << size {
		value := int32(v)
		if v < 1<<(size-1) {
			value -= 1<<size - 1
		}
		rest := free - size
		for i := range 1 << rest {
			h.fast[code+v<<rest+i] = e | value<<16
		}
	}
}

// long is the entry of a code longer than fastBits. What is no code counts as zero, as in libjpeg.
func (h *huffman) long(acc uint64) int32 {
	code := uint32(acc >> 48)
	for length := fastBits + 1; length <= 16; length++ {
		if code < h.bound[length] {
			s := h.symbol[(int(code>>(16-length))+h.offset[length])&255]
			return int32(length) | int32(s>>4)<<8 | int32(s&15)<<12
		}
	}
	return 17
}

// extend is the value of the highest size bits of acc (F.2.2.1, figure F.12). Size is not 0.
func extend(acc uint64, size uint) int32 {
	v := int32(acc >> (64 - size))
	if int64(acc) >= 0 {
		v -= 1<<size - 1
	}
	return v
}

// usualTables are those of annex K.3, for DC and AC of luminance and chrominance.
var usualTables = sync.OnceValue(func() (t [2][2]*huffman) {
	dc := "\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b"
	for i, p := range [2]string{
		"\x00\x01\x05\x01\x01\x01\x01\x01\x01\x00\x00\x00\x00\x00\x00\x00" + dc,
		"\x00\x03\x01\x01\x01\x01\x01\x01\x01\x01\x01\x00\x00\x00\x00\x00" + dc,
	} {
		t[0][i], _ = newHuffman([]byte(p), true)
	}
	for i, p := range [2]string{usualLuma, usualChroma} {
		t[1][i], _ = newHuffman([]byte(p), false)
	}
	return t
})

// usualLuma has the codes of table K.5.
const usualLuma = "\x00\x02\x01\x03\x03\x02\x04\x03\x05\x05\x04\x04\x00\x00\x01\x7d" +
	"\x01\x02\x03\x00\x04\x11\x05\x12\x21\x31\x41\x06\x13\x51\x61\x07\x22\x71\x14\x32\x81\x91\xa1\x08\x23\x42\xb1" +
	"\xc1\x15\x52\xd1\xf0\x24\x33\x62\x72\x82\x09\x0a\x16\x17\x18\x19\x1a\x25\x26\x27\x28\x29\x2a\x34\x35\x36\x37" +
	"\x38\x39\x3a\x43\x44\x45\x46\x47\x48\x49\x4a\x53\x54\x55\x56\x57\x58\x59\x5a\x63\x64\x65\x66\x67\x68\x69\x6a" +
	"\x73\x74\x75\x76\x77\x78\x79\x7a\x83\x84\x85\x86\x87\x88\x89\x8a\x92\x93\x94\x95\x96\x97\x98\x99\x9a\xa2\xa3" +
	"\xa4\xa5\xa6\xa7\xa8\xa9\xaa\xb2\xb3\xb4\xb5\xb6\xb7\xb8\xb9\xba\xc2\xc3\xc4\xc5\xc6\xc7\xc8\xc9\xca\xd2\xd3" +
	"\xd4\xd5\xd6\xd7\xd8\xd9\xda\xe1\xe2\xe3\xe4\xe5\xe6\xe7\xe8\xe9\xea\xf1\xf2\xf3\xf4\xf5\xf6\xf7\xf8\xf9\xfa"

// usualChroma has the codes of table K.6.
const usualChroma = "\x00\x02\x01\x02\x04\x04\x03\x04\x07\x05\x04\x04\x00\x01\x02\x77" +
	"\x00\x01\x02\x03\x11\x04\x05\x21\x31\x06\x12\x41\x51\x07\x61\x71\x13\x22\x32\x81\x08\x14\x42\x91\xa1\xb1\xc1" +
	"\x09\x23\x33\x52\xf0\x15\x62\x72\xd1\x0a\x16\x24\x34\xe1\x25\xf1\x17\x18\x19\x1a\x26\x27\x28\x29\x2a\x35\x36" +
	"\x37\x38\x39\x3a\x43\x44\x45\x46\x47\x48\x49\x4a\x53\x54\x55\x56\x57\x58\x59\x5a\x63\x64\x65\x66\x67\x68\x69" +
	"\x6a\x73\x74\x75\x76\x77\x78\x79\x7a\x82\x83\x84\x85\x86\x87\x88\x89\x8a\x92\x93\x94\x95\x96\x97\x98\x99\x9a" +
	"\xa2\xa3\xa4\xa5\xa6\xa7\xa8\xa9\xaa\xb2\xb3\xb4\xb5\xb6\xb7\xb8\xb9\xba\xc2\xc3\xc4\xc5\xc6\xc7\xc8\xc9\xca" +
	"\xd2\xd3\xd4\xd5\xd6\xd7\xd8\xd9\xda\xe2\xe3\xe4\xe5\xe6\xe7\xe8\xe9\xea\xf2\xf3\xf4\xf5\xf6\xf7\xf8\xf9\xfa"
