package answer

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"strconv"
	"strings"
)

// AcceptsGzip reports whether an answer should be sent with gzip rather than as it is (RFC 9110, 12.5.3). A
// client that says nothing gets it as it is, and so does one that wants neither: that is better than no answer.
func AcceptsGzip(r *http.Request) bool {
	gzip, plain, others := -1.0, -1.0, -1.0 // weights; negative: not named
	for _, line := range r.Header["Accept-Encoding"] {
		for part := range strings.SplitSeq(line, ",") {
			coding, parameters, _ := strings.Cut(part, ";")
			switch coding = strings.TrimSpace(coding); {
			case strings.EqualFold(coding, "gzip"), strings.EqualFold(coding, "x-gzip"):
				gzip = max(gzip, weight(parameters))
			case strings.EqualFold(coding, "identity"):
				plain = max(plain, weight(parameters))
			case coding == "*":
				others = max(others, weight(parameters))
			}
		}
	}
	if gzip < 0 {
		gzip = others
	}
	if plain < 0 {
		plain = others
	}
	return gzip > 0 && gzip >= plain
}

// weight reads the parameter of a coding: 1 where there is none, 0 where it is not from 0 to 1.
func weight(parameters string) float64 {
	name, value, weighted := strings.Cut(parameters, "=")
	if !weighted && strings.TrimSpace(name) == "" {
		return 1
	}
	q, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
	if err != nil || !strings.EqualFold(strings.TrimSpace(name), "q") || !(q >= 0 && q <= 1) {
		return 0
	}
	return q
}

// Gzip compresses data at one of gzip's levels.
func Gzip(data []byte, level int) (b bytes.Buffer) {
	z, err := gzip.NewWriterLevel(&b, level)
	if err != nil {
		panic(err) // the level is one of gzip's own
	}
	_, _ = z.Write(data) // memory does not fail
	_ = z.Close()
	return b
}
