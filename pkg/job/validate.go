package job

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

const maxMaker = 64

// Validate checks a whole package against the limits of this build. The error is an [Invalid].
func (p *Package) Validate() error {
	var bad Invalid
	if !Reads(p.V) {
		bad.add("v", "This is a package of version %d; this program reads %s.", p.V, readable())
		return bad
	}
	if !ValidID(p.ID) {
		bad.add("id", "The id must be 22 characters of base64url.")
	}
	if p.Created.IsZero() {
		bad.add("created", "The time of creation is missing.")
	}
	if p.Priority != Interactive && p.Priority != Bulk {
		bad.add("priority", "The priority must be %s or %s.", Interactive, Bulk)
	}
	if len(p.Owner) > maxMaker {
		bad.add("maker", "The maker must be at most %d characters.", maxMaker)
	}
	p.validateSecond(&bad)
	if _, err := ParseAddress(p.Target.URL); err != nil {
		bad.add("target.url", "The picture to show needs an address: https:, http:, upload: or demo:.")
	}
	p.Options.validate(&bad)
	validateFriends(p.Friends, &bad)
	validateSkipped(p.Skipped, &bad)
	if len(bad) > 0 {
		return bad
	}
	return nil
}

func readable() string {
	if Oldest == Version {
		return fmt.Sprintf("version %d", Version)
	}
	return fmt.Sprintf("versions %d to %d", Oldest, Version)
}

// validateSecond checks what version 2 added.
func (p *Package) validateSecond(bad *Invalid) {
	if p.V < 2 {
		for field, there := range map[string]bool{
			"keep": p.Keep != 0, "client": p.Client != "", "traceparent": p.Traceparent != "", "request": p.Request != "", "continues": p.Continues != "",
		} {
			if there {
				bad.add(field, "The field %s is not known in version %d.", field, p.V)
			}
		}
		return
	}
	if p.Keep != 0 && (p.Keep < int64(MinKeep/time.Second) || p.Keep > int64(MaxKeep/time.Second)) {
		bad.add("keep", "A mosaic is kept between %d and %d seconds.", MinKeep/time.Second, MaxKeep/time.Second)
	}
	if p.Client != "" && !ValidID(p.Client) {
		bad.add("client", "The client must be 22 characters of base64url.")
	}
	if p.Traceparent != "" && !ValidTraceparent(p.Traceparent) {
		bad.add("traceparent", "The traceparent is not as in W3C Trace Context.")
	}
	if p.Request != "" && !ValidID(p.Request) {
		bad.add("request", "The hash of the request must be 22 characters of base64url.")
	}
	if p.Continues != "" && (!ValidID(p.Continues) || p.Continues == p.ID) {
		bad.add("continues", "The mosaic that this one continues needs another id, of 22 characters of base64url.")
	}
}

var traceparent = regexp.MustCompile(`^00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}$`)

// ValidTraceparent reports whether s is a traceparent of version 00 (W3C Trace Context, section 3.2.2).
func ValidTraceparent(s string) bool {
	m := traceparent.FindStringSubmatch(s)
	return m != nil && strings.Trim(m[1], "0") != "" && strings.Trim(m[2], "0") != ""
}

// Validate checks options alone. The error is an [Invalid], its fields below "options.".
func (o Options) Validate() error {
	var bad Invalid
	o.validate(&bad)
	if len(bad) > 0 {
		return bad
	}
	return nil
}

func (o Options) validate(bad *Invalid) {
	between := func(field string, n, least, most int) bool {
		if n < least || n > most {
			bad.add("options."+field, "%s must be between %d and %d.", label(field), least, most)
			return false
		}
		return true
	}
	grid := between("columns", o.Columns, 1, MaxColumns)
	grid = between("rows", o.Rows, 0, MaxColumns) && grid
	if between("tile", o.Tile, MinTile, MaxTile) && o.Tile%8 != 0 {
		bad.add("options.tile", "The tile size must be a multiple of 8 pixels.")
	}
	if grid {
		o.validateGrid(bad)
	}
	switch o.Shape {
	case Square:
	case Detail:
		if o.Tile > MaxDetail {
			bad.add("options.tile", "With detail the tile size must be at most %d pixels: large cells are up to four times as long.", MaxDetail)
		}
	case Brick:
		if o.Tile%16 == 8 {
			bad.add("options.tile", "With bricks the tile size must be a multiple of 16 pixels: they are cut in half.")
		}
	default:
		bad.add("options.shape", "The shape must be %s, %s or %s.", Square, Brick, Detail)
	}
	if !(o.Tint >= 0 && o.Tint <= MaxTint) { // written so that NaN fails
		bad.add("options.tint", "The tint must be between 0 and %d.", MaxTint)
	}
	between("repeat_distance", o.RepeatDistance, 0, MaxDistance)
	between("max_uses", o.MaxUses, 0, MaxCells)
	if o.Format != "jpeg" {
		bad.add("options.format", "The only format so far is jpeg.")
	}
	between("quality", o.Quality, 1, 100)
	o.validateExtras(bad)
}

func (o Options) validateExtras(bad *Invalid) {
	for i, e := range o.Extras {
		if (e != PDF && e != SZI) || slices.Contains(o.Extras[:i], e) {
			bad.add("options.extras", "The extras can be pdf and szi, each once.")
			break
		}
	}
	if !(o.Bleed >= 0 && o.Bleed <= MaxBleed) {
		bad.add("options.bleed", "The bleed must be between 0 and %d mm.", MaxBleed)
	}
}

func (o Options) validateGrid(bad *Invalid) {
	rows := max(o.Rows, 1)
	if cells := o.Columns * rows; cells > MaxCells {
		bad.add("options.columns", "A grid of %d x %d has %d cells; %d is the most.", o.Columns, o.Rows, cells, MaxCells)
	}
	if side := max(o.Columns, rows) * o.Tile; side > MaxSide {
		bad.add("options.tile", "The poster would be %d pixels long; a JPEG ends at %d. Use smaller tiles or fewer of them.", side, MaxSide)
	}
}

func label(field string) string {
	switch field {
	case "columns":
		return "The number of columns"
	case "rows":
		return "The number of rows"
	case "tile":
		return "The tile size in pixels"
	case "repeat_distance":
		return "The repeat distance"
	case "max_uses":
		return "The most uses of one photo"
	}
	return "The " + strings.ReplaceAll(field, "_", " ")
}

func validateFriends(friends []Friend, bad *Invalid) {
	switch n := len(friends); {
	case n > MaxFriends:
		bad.add("friends", "%d photos are too many for one mosaic; %d is the most.", n, MaxFriends)
		return
	case n == 1:
		bad.add("friends", "One photo alone does not make a mosaic; it takes at least %d.", MinFriends)
	case n == 0:
		bad.add("friends", "There are no photos to make a mosaic of; it takes at least %d.", MinFriends)
	}
	seen := make(map[string]bool, len(friends))
	for i, f := range friends {
		at := func(name string) string { return fmt.Sprintf("friends[%d].%s", i, name) }
		switch {
		case f.ID == "" || !plain(f.ID):
			bad.add(at("id"), "A friend's id must be 1 to %d printable characters.", MaxName)
		case seen[f.ID]:
			bad.add(at("id"), "The id %q stands twice in the list.", f.ID)
		}
		seen[f.ID] = true
		if !plain(f.Name) {
			bad.add(at("name"), "A friend's name must be at most %d printable characters.", MaxName)
		}
		if _, err := ParseAddress(f.Photo); err != nil {
			bad.add(at("photo"), "A photo needs an address: https:, http:, upload: or demo:.")
		}
		if f.Profile != "" {
			if a, err := ParseAddress(f.Profile); err != nil || a.Scheme != Web {
				bad.add(at("profile"), "A profile must be a link: https: or http:.")
			}
		}
	}
}

func validateSkipped(skipped []Skipped, bad *Invalid) {
	if len(skipped) > MaxFriends {
		bad.add("skipped", "%d photos that were left out are too many; %d is the most.", len(skipped), MaxFriends)
		return
	}
	for i, s := range skipped {
		if !plain(s.Name) || !plain(s.Reason) {
			bad.add(fmt.Sprintf("skipped[%d]", i), "Name and reason must be at most %d printable characters.", MaxName)
		}
	}
}

func plain(s string) bool {
	return utf8.ValidString(s) && utf8.RuneCountInString(s) <= MaxName &&
		!strings.ContainsFunc(s, unicode.IsControl)
}
