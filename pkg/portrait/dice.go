package portrait

// dice are random numbers that are the same every time: SplitMix64 (Steele, Lea and Flood, "Fast
// splittable pseudorandom number generators", OOPSLA 2014).
type dice uint64

func (d *dice) next() uint64 {
	*d += 0x9E3779B97F4A7C15
	z := uint64(*d)
	z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
	z = (z ^ z>>27) * 0x94D049BB133111EB
	return z ^ z>>31
}

// float is from 0 up to, but not including, 1.
func (d *dice) float() float64 { return float64(d.next()>>11) / (1 << 53) }

func (d *dice) between(a, b float64) float64 { return lerp(a, b, d.float()) }

func (d *dice) below(n int) int { return int(d.next() >> 33 % uint64(n)) }

// oneIn reports true once in n times.
func (d *dice) oneIn(n int) bool { return d.below(n) == 0 }

// pick takes one of a list.
func pick[T any](d *dice, list []T) T { return list[d.below(len(list))] }
