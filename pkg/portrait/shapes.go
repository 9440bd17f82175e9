package portrait

import "math"

// shape is a region: at says how far a point is from its edge, negative inside, about in units of
// the picture's side. It lies within the box.
type shape struct {
	at             func(x, y float64) float64
	x0, y0, x1, y1 float64
}

func ellipse(cx, cy, rx, ry float64) shape {
	return shape{func(x, y float64) float64 {
		u, v := (x-cx)/rx, (y-cy)/ry
		// The value of the implicit function over its slope: right at the edge, where it matters.
		k := hypot(u, v)
		if k < 0.1 {
			return -0.9 * min(rx, ry)
		}
		return (k - 1) * k / hypot(u/rx, v/ry)
	}, cx - rx, cy - ry, cx + rx, cy + ry}
}

func circle(cx, cy, r float64) shape {
	return shape{func(x, y float64) float64 { return hypot(x-cx, y-cy) - r }, cx - r, cy - r, cx + r, cy + r}
}

// circles are several circles of the same radius, at x, y, x, y, and so on.
func circles(r float64, xy ...float64) shape {
	s := shape{x0: 9, y0: 9, x1: -9, y1: -9}
	for i := 0; i < len(xy); i += 2 {
		s.x0, s.y0, s.x1, s.y1 = min(s.x0, xy[i]-r), min(s.y0, xy[i+1]-r), max(s.x1, xy[i]+r), max(s.y1, xy[i+1]+r)
	}
	s.at = func(x, y float64) float64 {
		nearest := math.Inf(1)
		for i := 0; i < len(xy); i += 2 {
			dx, dy := x-xy[i], y-xy[i+1]
			nearest = min(nearest, dot(dx, dy, dx, dy))
		}
		return math.Sqrt(nearest) - r
	}
	return s
}

// ring is the edge of an ellipse, drawn with a pen of the given width.
func ring(cx, cy, rx, ry, pen float64) shape {
	s := ellipse(cx, cy, rx, ry).grown(pen / 2)
	at := s.at
	s.at = func(x, y float64) float64 { return math.Abs(at(x, y)+pen/2) - pen/2 }
	return s
}

// egg is an ellipse that narrows towards its lower end; jaw says by how much there, 0 to 1.
func egg(cx, cy, rx, ry, jaw float64) shape {
	r := min(rx, ry)
	return shape{func(x, y float64) float64 {
		u, v := (x-cx)/rx, (y-cy)/ry
		if v > 0 {
			u /= 1 - float64(jaw*min(float64(v*v), 1))
		}
		return (hypot(u, v) - 1) * r
	}, cx - rx, cy - ry, cx + rx, cy + ry}
}

// stroke is a line from (ax,ay) to (bx,by) with round ends, a wide at the one and b at the other.
func stroke(ax, ay, bx, by, a, b float64) shape {
	dx, dy := bx-ax, by-ay
	length := dot(dx, dy, dx, dy)
	w := max(a, b) / 2
	return shape{func(x, y float64) float64 {
		t := clamp(dot(x-ax, y-ay, dx, dy) / length)
		return hypot(x-ax-float64(dx*t), y-ay-float64(dy*t)) - lerp(a, b, t)/2
	}, min(ax, bx) - w, min(ay, by) - w, max(ax, bx) + w, max(ay, by) + w}
}

// arc is a curved line that is thick in the middle and ends in points: from (cx-half) to (cx+half),
// at the height cy in the middle and cy+rise at both ends.
func arc(cx, cy, half, rise, thick float64) shape {
	k := rise / float64(half*half)
	return shape{func(x, y float64) float64 {
		dx := x - cx
		t := 1 - float64(dx*dx)/float64(half*half)
		slope := 2 * k * dx
		far := math.Abs(y-cy-float64(k*dx*dx)) / math.Sqrt(1+float64(slope*slope))
		return max(far-thick/2*max(t, 0), math.Abs(dx)-half)
	}, cx - half, min(cy, cy+rise) - thick, cx + half, max(cy, cy+rise) + thick}
}

// almond is the region between two such curves that meet at their ends.
func almond(cx, cy, half, upper, lower float64) shape {
	return shape{func(x, y float64) float64 {
		t := 1 - float64((x-cx)*(x-cx))/float64(half*half)
		return max(cy+float64(upper*t)-y, y-cy-float64(lower*t)) * 0.8
	}, cx - half, cy + min(upper, 0), cx + half, cy + max(lower, 0)}
}

// roundedRect is a rectangle with round corners.
func roundedRect(x0, y0, x1, y1, r float64) shape {
	cx, cy, hx, hy := (x0+x1)/2, (y0+y1)/2, (x1-x0)/2-r, (y1-y0)/2-r
	return shape{func(x, y float64) float64 {
		dx, dy := math.Abs(x-cx)-hx, math.Abs(y-cy)-hy
		return hypot(max(dx, 0), max(dy, 0)) + min(max(dx, dy), 0) - r
	}, x0, y0, x1, y1}
}

// polygon is the convex region within its corners, given clockwise as x, y, x, y, and so on.
func polygon(xy ...float64) shape {
	type edge struct{ x, y, nx, ny float64 }
	edges := make([]edge, len(xy)/2)
	s := shape{x0: 9, y0: 9, x1: -9, y1: -9}
	for i := range edges {
		x, y := xy[2*i], xy[2*i+1]
		j := (i + 1) % len(edges)
		dx, dy := xy[2*j]-x, xy[2*j+1]-y
		length := hypot(dx, dy)
		edges[i] = edge{x, y, dy / length, -dx / length}
		s.x0, s.y0, s.x1, s.y1 = min(s.x0, x), min(s.y0, y), max(s.x1, x), max(s.y1, y)
	}
	s.at = func(x, y float64) float64 {
		far := math.Inf(-1)
		for _, e := range edges {
			far = max(far, dot(x-e.x, y-e.y, e.nx, e.ny))
		}
		return far
	}
	return s
}

// above is what lies above a curve: at the height y at cx, and bent by k (positive: lower at the
// sides).
func above(cx, y0, k float64) shape {
	return shape{func(x, y float64) float64 {
		dx := x - cx
		slope := 2 * k * dx
		return (y - y0 - float64(k*dx*dx)) / math.Sqrt(1+float64(slope*slope))
	}, -1, -1, 2, 2}
}

func (s shape) inverse() shape {
	return shape{func(x, y float64) float64 { return -s.at(x, y) }, -1, -1, 2, 2}
}

// and is what belongs to both.
func (s shape) and(t shape) shape {
	return shape{func(x, y float64) float64 { return max(s.at(x, y), t.at(x, y)) },
		max(s.x0, t.x0), max(s.y0, t.y0), min(s.x1, t.x1), min(s.y1, t.y1)}
}

// or is what belongs to any.
func (s shape) or(others ...shape) shape {
	all := append([]shape{s}, others...)
	for _, t := range others {
		s.x0, s.y0, s.x1, s.y1 = min(s.x0, t.x0), min(s.y0, t.y0), max(s.x1, t.x1), max(s.y1, t.y1)
	}
	s.at = func(x, y float64) float64 {
		const far = 0.1 // further away than any edge is soft
		nearest := far
		for i := range all {
			t := &all[i]
			if x > t.x0-far && x < t.x1+far && y > t.y0-far && y < t.y1+far {
				nearest = min(nearest, t.at(x, y))
			}
		}
		return nearest
	}
	return s
}

// without is s less t.
func (s shape) without(t shape) shape { return s.and(t.inverse()) }

// grown is s with its edge moved outward.
func (s shape) grown(by float64) shape {
	return shape{func(x, y float64) float64 { return s.at(x, y) - by }, s.x0 - by, s.y0 - by, s.x1 + by, s.y1 + by}
}

// mirrored is s at the other side of the vertical line at cx.
func (s shape) mirrored(cx float64) shape {
	return shape{func(x, y float64) float64 { return s.at(2*cx-x, y) }, 2*cx - s.x1, s.y0, 2*cx - s.x0, s.y1}
}

// turned is s turned about (cx,cy) by the angle whose half has the tangent t, clockwise as seen.
func (s shape) turned(cx, cy, t float64) shape {
	cos, sin := (1-float64(t*t))/(1+float64(t*t)), 2*t/(1+float64(t*t))
	r := 0.0
	for _, x := range []float64{s.x0, s.x1} {
		for _, y := range []float64{s.y0, s.y1} {
			r = max(r, hypot(x-cx, y-cy))
		}
	}
	return shape{func(x, y float64) float64 {
		dx, dy := x-cx, y-cy
		return s.at(cx+dot(dx, dy, cos, sin), cy+dot(dx, dy, -sin, cos))
	}, cx - r, cy - r, cx + r, cy + r}
}
