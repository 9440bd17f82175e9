package colour

import _ "embed"

// Profile is an ICC profile of sRGB, in version 2.4 of the format (ICC.1:2001-04): its primaries adapted
// to D50 by the Bradford transform, and 1,024 samples of [Linear] as the tone curve.
//
//go:embed srgb.icc
var Profile []byte
