package likeness

// Fairness says how a mosaic treats the people in it.
type Fairness struct {
	Used     int     // faces in it
	Faces    int     // faces in all
	MostUses int     // uses of the most used face
	Most     float64 // the same, as a multiple of the mean
	Rare     float64 // share of the faces with less than a third of the mean
	Near     float64 // share of the cells that have their own face within 4 cells
	Nearest  int     // least Chebyshev distance of two uses of one face, in cells; 0 if no face is used twice
	Pattern  float64 // see [RepeatPattern]
}

// reach is the largest offset, in cells, that [RepeatPattern] counts.
const reach = 12

// nearby is the Chebyshev distance, in cells, up to which a repeat counts as near.
const nearby = 4

// Fair measures a grid of faces, given row by row. Faces are numbered from 0 to faces-1.
func Fair(cells []int, columns, faces int) Fairness {
	f := Fairness{Faces: faces, Pattern: RepeatPattern(cells, columns)}
	uses := make([]int, faces)
	places := make([][]int, faces)
	for c, face := range cells {
		uses[face]++
		places[face] = append(places[face], c)
	}
	mean, near, rare := float64(len(cells))/float64(faces), make([]bool, len(cells)), 0
	for face, n := range uses {
		if n > 0 {
			f.Used++
		}
		if float64(n) < mean/3 {
			rare++
		}
		f.MostUses = max(f.MostUses, n)
		for i, p := range places[face] {
			for _, q := range places[face][:i] {
				d := max(abs(p%columns-q%columns), abs(p/columns-q/columns))
				if f.Nearest == 0 || d < f.Nearest {
					f.Nearest = d
				}
				if d <= nearby {
					near[p], near[q] = true, true
				}
			}
		}
	}
	crowded := 0
	for _, yes := range near {
		if yes {
			crowded++
		}
	}
	f.Most, f.Rare, f.Near = float64(f.MostUses)/mean, float64(rare)/float64(faces), float64(crowded)/float64(len(cells))
	return f
}

// RepeatPattern measures whether repeats form a pattern, as on wallpaper. For each offset of up to 12 cells each way it
// takes the share of cells that show the same face as the cell at that offset, and returns the largest share divided
// by their mean: about 1 for a large random grid, 0 if nothing repeats that near.
func RepeatPattern(cells []int, columns int) float64 {
	rows := len(cells) / columns
	most, sum, offsets := 0.0, 0.0, 0
	// An offset and its opposite have the same share.
	for dy := range min(reach+1, rows) {
		for dx := -min(reach, columns-1); dx <= min(reach, columns-1); dx++ {
			if dy == 0 && dx <= 0 {
				continue
			}
			same, pairs := 0, 0
			for y := range rows - dy {
				for x := max(0, -dx); x < min(columns, columns-dx); x++ {
					pairs++
					if cells[y*columns+x] == cells[(y+dy)*columns+x+dx] {
						same++
					}
				}
			}
			share := float64(same) / float64(pairs)
			most = max(most, share)
			sum += share
			offsets++
		}
	}
	if sum == 0 {
		return 0
	}
	return most / (sum / float64(offsets))
}

func abs(x int) int { return max(x, -x) }
