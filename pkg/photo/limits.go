package photo

// Limits bound what one picture may cost. A zero field means its default. They are made for 1.5 s of one
// processor and 300 MB at most, and for pictures from strangers; those of somebody's own have Memory.
type Limits struct {
	Bytes  int64 // encoded; default 64 MiB, but 20 MiB for [Downloader]
	Pixels int   // width times height of a picture of medium cost, for which others have more or less, see [LimitsByFormat]; default 40 million

	// Memory is for a person's own pictures. It replaces Pixels: a picture may take so many bytes while it is decoded
	// and scaled, those of its file included. HEIC and AVIF then get more time, too.
	Memory int64

	NoHEIF bool // refuse HEIC and AVIF
}

// The defaults of [Limits].
const (
	DefaultBytes         = 64 << 20
	DefaultDownloadBytes = 20 << 20
	DefaultPixels        = 40_000_000
)

func (l Limits) orDefaults() Limits {
	if l.Bytes <= 0 {
		l.Bytes = DefaultBytes
	}
	if l.Pixels <= 0 {
		l.Pixels = DefaultPixels
	}
	return l
}

// FormatLimit is how many pixels (width times height) the pictures of a format may have.
type FormatLimit struct {
	Format    Format
	Pixels    int
	Demanding int // the same for its kinds that cost most: PNG of 16 bits a sample, WebP with transparency, without loss or animated
}

// LimitsByFormat are the default limits of all formats that are decoded, in the order in which people should be
// told of them. It is the one place in which they stand: programs print it, and refusals name them.
func LimitsByFormat() []FormatLimit {
	all := make([]FormatLimit, len(costs))
	for i, c := range costs {
		all[i] = FormatLimit{Format: c.format, Pixels: c.pixels, Demanding: c.demanding.pixels}
	}
	return all
}

// cost is how many pixels a format may have, and an upper estimate of the bytes of memory that each takes.
type cost struct {
	pixels, memory int
}

var costs = []struct {
	format Format
	cost
	demanding cost
}{
	{JPEG, cost{64_000_000, 0}, cost{64_000_000, 0}}, // its memory depends on how far it is reduced, see [header.memory]
	{PNG, cost{30_000_000, 4}, cost{15_000_000, 4}},
	{WebP, cost{30_000_000, 2}, cost{20_000_000, 8}},
	{GIF, cost{40_000_000, 2}, cost{40_000_000, 2}},
	{BMP, cost{40_000_000, 4}, cost{40_000_000, 4}},
	{ICO, cost{15_000_000, 4}, cost{15_000_000, 4}},
	{HEIC, cost{12_600_000, 13}, cost{12_600_000, 13}},
	{AVIF, cost{6_000_000, 26}, cost{4_000_000, 44}}, // demanding: more than 8 bits
}

// costOf is what a pixel of a picture may cost. head is its beginning.
func costOf(f Format, head []byte) cost {
	for _, c := range costs {
		switch {
		case c.format != f:
		case demanding(f, head):
			return c.demanding
		default:
			return c.cost
		}
	}
	return cost{DefaultPixels, 8}
}

func demanding(f Format, head []byte) bool {
	switch f {
	case PNG:
		const depth = 24
		return len(head) > depth && head[depth] == 16
	case AVIF:
		return heifDeep(head)
	case WebP:
		const kind, flags, moves, alpha = 12, 20, 1 << 1, 1 << 4
		return len(head) > flags && (string(head[kind:kind+4]) == "VP8L" || string(head[kind:kind+4]) == "VP8X" && head[flags]&(alpha|moves) != 0)
	}
	return false
}

// check refuses a picture for its size. That of a JPEG says nothing about its memory, see [header.checkMemory].
func (l Limits) check(f Format, c cost, width, height int) error {
	n := int64(width) * int64(height)
	if l.Memory > 0 {
		if need := int64(c.memory) * n; f != JPEG && need > l.Memory {
			return &Error{Kind: NoRoom, What: string(f), Got: need, Limit: l.Memory}
		}
		return nil
	}
	if most := l.scaled(c.pixels); n > most {
		return &Error{Kind: TooManyPixels, What: string(f), Got: n, Limit: most}
	}
	return nil
}

// scaled is a number of pixels by how much Pixels differs from its default.
func (l Limits) scaled(pixels int) int64 { return int64(l.Pixels) * int64(pixels) / DefaultPixels }

// processMemory is what a decoder process takes before it decodes anything.
const processMemory = 64 << 20
