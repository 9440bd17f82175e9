package render

import "smalti/pkg/mosaic"

// A place's shading is 24 characters in plan.json, one for each number: what is added to Y in the place's sixteenths, row
// by row, to Cb in its quarters, and to Cr in its quarters. The page shows no colour that is finer than that. A number's
// character is shadingZero for 0, the next one for 1, and so on: all are printable, and compress better than base64.
const shadingZero = 'P'

// encodeShading returns the shadings of all places, or nothing if there are none.
func encodeShading(cells []mosaic.Cell) string {
	var out []byte
	none := &mosaic.Shading{}
	for i, c := range cells {
		s := c.Shading
		if s == nil {
			s = none
		} else if out == nil {
			out = make([]byte, 0, 24*len(cells))
			for range 24 * i {
				out = append(out, shadingZero)
			}
		}
		if out == nil {
			continue
		}
		for _, v := range s[0] {
			out = append(out, byte(shadingZero+int(v)))
		}
		for _, component := range s[1:] {
			for q := range 4 {
				at := q/2*8 + q%2*2
				sum := int(component[at]) + int(component[at+1]) + int(component[at+4]) + int(component[at+5])
				out = append(out, byte(shadingZero+(sum+4*128+2)/4-128))
			}
		}
	}
	return string(out)
}
