package job

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"smalti/pkg/message"
	"smalti/pkg/poster"
)

const (
	maxMaker = 64
	maxArgs  = 8 // of a message
)

// Validate checks a whole package against the limits of [Strangers]. The error is an [Invalid].
func (p *Package) Validate() error { return p.ValidateWithin(Strangers()) }

// ValidateWithin checks a whole package against other limits. The error is an [Invalid].
func (p *Package) ValidateWithin(l Limits) error {
	var bad Invalid
	if !Reads(p.V) {
		bad.add("v", "package.version", "version", p.V, "oldest", Oldest, "newest", Version)
		return bad
	}
	if !ValidID(p.ID) {
		bad.add("id", "package.id")
	}
	if p.Created.IsZero() {
		bad.add("created", "package.created")
	}
	if p.Priority != Interactive && p.Priority != Bulk {
		bad.add("priority", "package.priority")
	}
	if len(p.Owner) > maxMaker {
		bad.add("maker", "package.maker", "limit", maxMaker)
	}
	p.validateSecond(&bad)
	if _, err := ParseAddress(p.Target.URL); err != nil {
		bad.add("target.url", "package.target")
	}
	p.Options.validate(&bad, l)
	validateFriends(p.Friends, &bad, l.Friends)
	p.validateSkipped(&bad, l.Friends)
	if len(bad) > 0 {
		return bad
	}
	return nil
}

// validateSecond checks what version 2 added.
func (p *Package) validateSecond(bad *Invalid) {
	if p.V < 2 {
		for field, there := range map[string]bool{
			"keep": p.Keep != 0, "client": p.Client != "", "traceparent": p.Traceparent != "", "request": p.Request != "", "continues": p.Continues != "",
		} {
			if there {
				bad.add(field, "package.too_new", "field", field, "version", p.V)
			}
		}
		return
	}
	if p.Keep != 0 && (p.Keep < int64(MinKeep/time.Second) || p.Keep > int64(MaxKeep/time.Second)) {
		bad.add("keep", "package.keep", "least", MinKeep, "most", MaxKeep)
	}
	if p.Client != "" && !ValidID(p.Client) {
		bad.add("client", "package.client")
	}
	if p.Traceparent != "" && !ValidTraceparent(p.Traceparent) {
		bad.add("traceparent", "package.traceparent")
	}
	if p.Request != "" && !ValidID(p.Request) {
		bad.add("request", "package.request")
	}
	if p.Continues != "" && (!ValidID(p.Continues) || p.Continues == p.ID) {
		bad.add("continues", "package.continues")
	}
}

var traceparent = regexp.MustCompile(`^00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}$`)

// ValidTraceparent reports whether s is a traceparent of version 00 (W3C Trace Context, section 3.2.2).
func ValidTraceparent(s string) bool {
	m := traceparent.FindStringSubmatch(s)
	return m != nil && strings.Trim(m[1], "0") != "" && strings.Trim(m[2], "0") != ""
}

// Validate checks options alone, against the limits of [Strangers]. The error is an [Invalid], its fields below
// "options.".
func (o Options) Validate() error { return o.ValidateWithin(Strangers()) }

// ValidateWithin checks options alone, against other limits. The error is as that of Validate.
func (o Options) ValidateWithin(l Limits) error {
	var bad Invalid
	o.validate(&bad, l)
	if len(bad) > 0 {
		return bad
	}
	return nil
}

func (o Options) validate(bad *Invalid, l Limits) {
	between := func(field string, n, least, most int) bool {
		if n < least || n > most {
			bad.add("options."+field, "package.range."+field, "least", least, "most", most)
			return false
		}
		return true
	}
	grid := between("columns", o.Columns, 1, l.Columns)
	grid = between("rows", o.Rows, 0, l.Columns) && grid
	if between("tile", o.Tile, minTile, l.Tile) && o.Tile%8 != 0 {
		bad.add("options.tile", "package.tile_multiple", "of", 8)
	}
	if grid {
		o.validateGrid(bad, l.Cells)
	}
	switch o.Shape {
	case Square:
	case Detail:
		if o.Tile > l.DetailTile {
			bad.add("options.tile", "package.tile_detail", "limit", l.DetailTile)
		}
	case Brick:
		if o.Tile%16 == 8 {
			bad.add("options.tile", "package.tile_brick", "of", 16)
		}
	default:
		bad.add("options.shape", "package.shape")
	}
	if o.Tint != AutoTint && !(o.Tint >= 0 && o.Tint <= maxTint) { // written so that NaN fails
		bad.add("options.tint", "package.tint", "most", maxTint)
	}
	if !(o.Shading >= 0 && o.Shading <= maxShading) {
		bad.add("options.shading", "package.shading", "most", maxShading)
	}
	if o.Fair != 0 && !(o.Fair >= 1 && o.Fair <= maxFair) {
		bad.add("options.fair", "package.fair", "most", maxFair)
	}
	between("repeat_distance", o.RepeatDistance, 0, maxDistance)
	between("max_uses", o.MaxUses, 0, l.Cells)
	if o.Format != "jpeg" {
		bad.add("options.format", "package.format")
	}
	between("quality", o.Quality, 1, 100)
	if o.validateExtras(bad); grid && len(*bad) == 0 {
		o.validateBleed(bad)
	}
}

func (o Options) validateExtras(bad *Invalid) {
	for i, e := range o.Extras {
		if (e != PDF && e != SZI) || slices.Contains(o.Extras[:i], e) {
			bad.add("options.extras", "package.extras")
			break
		}
	}
	if !(o.Bleed >= 0 && o.Bleed <= maxBleed) {
		bad.add("options.bleed", "package.bleed", "most", maxBleed)
	}
}

func (o Options) validateGrid(bad *Invalid, most int) {
	rows := max(o.Rows, 1)
	if cells := o.Columns * rows; cells > most {
		bad.add("options.columns", "package.cells", "columns", o.Columns, "rows", rows, "cells", cells, "limit", most)
	}
	if side := max(o.Columns, rows) * o.Tile; side > MaxSide {
		bad.add("options.tile", "package.side", "side", side, "limit", MaxSide)
	}
}

// validateBleed refuses a bleed that makes the picture in the PDF longer than a JPEG can be. All else must be valid.
func (o Options) validateBleed(bad *Invalid) {
	if cells, most := max(o.Columns, o.Rows), o.MostInLine(); cells > most {
		bad.add("options.bleed", "package.bleed_side", "cells", cells, "tile", o.Tile, "limit", MaxSide, "most", most)
	}
}

// MostInLine is the most columns or rows that a JPEG has room for, with the bleed of the PDF if there is one. The options
// must be valid.
func (o Options) MostInLine() int {
	var print poster.Print
	if slices.Contains(o.Extras, PDF) {
		print.Bleed = o.Bleed
	}
	beyond := print.Side(1, 1, o.Shape == Brick, poster.Options{Tile: o.Tile}) - o.Tile
	return (MaxSide - beyond) / o.Tile
}

func validateFriends(friends []Friend, bad *Invalid, most int) {
	switch n := len(friends); {
	case n > most:
		bad.add("friends", "package.many_friends", "count", n, "limit", most)
		return
	case n == 1:
		bad.add("friends", "package.one_friend", "least", MinFriends)
	case n == 0:
		bad.add("friends", "package.no_friends", "least", MinFriends)
	}
	seen := make(map[string]bool, len(friends))
	for i, f := range friends {
		at := func(name string) string { return fmt.Sprintf("friends[%d].%s", i, name) }
		switch {
		case f.ID == "" || !plain(f.ID):
			bad.add(at("id"), "package.friend_id", "limit", MaxName)
		case seen[f.ID]:
			bad.add(at("id"), "package.friend_twice", "id", f.ID)
		}
		seen[f.ID] = true
		if !plain(f.Name) {
			bad.add(at("name"), "package.friend_name", "limit", MaxName)
		}
		if _, err := ParseAddress(f.Photo); err != nil {
			bad.add(at("photo"), "package.friend_photo")
		}
		if f.Profile != "" {
			if a, err := ParseAddress(f.Profile); err != nil || a.Scheme != Web {
				bad.add(at("profile"), "package.friend_profile")
			}
		}
	}
}

func (p *Package) validateSkipped(bad *Invalid, most int) {
	if len(p.Skipped) > most {
		bad.add("skipped", "package.many_skipped", "count", len(p.Skipped), "limit", most)
		return
	}
	for i, s := range p.Skipped {
		at := fmt.Sprintf("skipped[%d]", i)
		if !plain(s.Name) || !plain(s.Reason) || !plainMessage(s.Says) {
			bad.add(at, "package.skipped", "limit", MaxName)
		}
		if p.V < 3 && s.Says.Code != "" {
			bad.add(at+".says", "package.too_new", "field", "says", "version", p.V)
		}
	}
}

// plainMessage reports whether m is one sentence, with a few short arguments.
func plainMessage(m message.Message) bool {
	for _, v := range m.Args {
		switch v := v.(type) {
		case float64:
		case string:
			if !plain(v) {
				return false
			}
		default:
			return false
		}
	}
	return plain(m.Code) && len(m.Args) <= maxArgs && m.Then == nil
}

func plain(s string) bool {
	return utf8.ValidString(s) && utf8.RuneCountInString(s) <= MaxName &&
		!strings.ContainsFunc(s, unicode.IsControl)
}
