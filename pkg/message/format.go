package message

import (
	"fmt"
	"math"

	"golang.org/x/text/number"
)

// format writes an argument. The kind is the placeholder's: none for strings and plain numbers.
func (c *Catalogue) format(kind string, v any) string {
	n, isNumber := v.(float64)
	if !isNumber {
		return fmt.Sprint(v)
	}
	switch kind {
	case "bytes":
		return c.bytes(n)
	case "duration":
		return c.duration(n)
	case "millions":
		return c.number(tenths(n / 1e6))
	}
	return c.number(n)
}

func (c *Catalogue) number(n float64) string {
	return c.numbers.Sprint(number.Decimal(n, number.MaxFractionDigits(1)))
}

// bytes is a size in the largest unit that leaves something before the decimal point.
func (c *Catalogue) bytes(n float64) string {
	switch {
	case n < 1<<10:
		return c.unit("bytes", n)
	case n < 1<<20:
		return c.unit("kilobytes", tenths(n/(1<<10)))
	}
	return c.unit("megabytes", tenths(n/(1<<20)))
}

// duration is a number of seconds in words, rounded up: who comes back too early is sent away once more.
func (c *Catalogue) duration(seconds float64) string {
	minutes := math.Ceil(seconds / 60)
	switch {
	case seconds <= 90:
		return c.unit("seconds", max(1, math.Ceil(seconds)))
	case minutes <= 90 && minutes != 60:
		return c.unit("minutes", minutes)
	case minutes < 48*60:
		return c.unit("hours", math.Ceil(minutes/60))
	}
	return c.unit("days", math.Round(minutes/60/24))
}

func (c *Catalogue) unit(name string, n float64) string {
	s, _ := c.fill(c.file.Units[name], map[string]any{"n": n})
	return s
}

// tenths keeps one decimal where it says more than none, always rounded up, so that "40 megapixels; the
// limit is 40" cannot happen.
func tenths(n float64) float64 {
	if n >= 100 {
		return math.Ceil(n)
	}
	return math.Ceil(n*10-1e-9) / 10 // without the noise of binary fractions
}
