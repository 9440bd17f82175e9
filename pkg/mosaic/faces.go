package mosaic

import "smalti/pkg/colour"

// alike is up to which mean colour difference of their samples, in CIELAB units, two tiles show the
// same face: enough for the same picture saved twice, too little for two pictures.
const alike = 1.5

// unite keeps the first tile of each face.
func (p *photos) unite() {
	p.faceOf = faces(p.look)
	number := make([]int, len(p.look)) // of a face, by its first tile
	for t, f := range p.faceOf {
		if t == f {
			n := len(p.tile)
			number[t] = n
			p.look[n], p.reach[n] = p.look[t], p.reach[t]
			p.tile, p.face, p.people = append(p.tile, t), append(p.face, n), append(p.people, 0)
		}
		p.people[number[f]]++
	}
	p.look, p.reach = p.look[:len(p.tile)], p.reach[:len(p.tile)]
}

// faces returns for each tile the first tile that looks the same.
func faces(looks []look) []int {
	face := make([]int, len(looks))
	var firsts []int
	for i := range looks {
		face[i] = i
		for _, f := range firsts {
			if same(&looks[i], &looks[f]) {
				face[i] = f
				break
			}
		}
		if face[i] == i {
			firsts = append(firsts, i)
		}
	}
	return face
}

func same(a, b *look) bool {
	if colour.Distance(a.one, b.one) > 2*alike {
		return false
	}
	sum := 0.0
	for k := range a.four {
		sum += colour.Distance(a.four[k], b.four[k])
	}
	return sum <= alike*float64(len(a.four))
}
