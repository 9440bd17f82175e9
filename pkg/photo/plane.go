package photo

// plane is a picture in one channel: levels of luma, row by row.
type plane struct {
	width, height int
	levels        []float32
}

// upright is the luma of a grid.
func (g grid) upright() plane {
	p := plane{g.across, g.along, make([]float32, len(g.blocks))}
	down, right := g.across, 1
	if !g.tall {
		p.width, p.height = g.along, g.across
		down, right = 1, g.across
	}
	for y := range p.height {
		row := p.levels[y*p.width:][:p.width]
		at := y * down
		for x := range row {
			row[x] = float32(g.blocks[at].luma)
			at += right
		}
	}
	return p
}

// scaled is p in another size, at most a little smaller, with linear interpolation.
func (p plane) scaled(width, height int) plane {
	q := plane{width, height, make([]float32, width*height)}
	fx, fy := float32(p.width)/float32(width), float32(p.height)/float32(height)
	for y := range height {
		sy := max(0, min(float32(p.height)-1, (float32(y)+0.5)*fy-0.5))
		y0 := min(int(sy), max(0, p.height-2))
		ty := sy - float32(y0)
		upper := p.levels[y0*p.width:][:p.width]
		lower := p.levels[min(y0+1, p.height-1)*p.width:][:p.width]
		for x := range width {
			sx := max(0, min(float32(p.width)-1, (float32(x)+0.5)*fx-0.5))
			x0 := min(int(sx), max(0, p.width-2))
			x1 := min(x0+1, p.width-1)
			tx := sx - float32(x0)
			u := upper[x0] + tx*(upper[x1]-upper[x0])
			l := lower[x0] + tx*(lower[x1]-lower[x0])
			q.levels[y*width+x] = u + ty*(l-u)
		}
	}
	return q
}
