package limit

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Rate is how much a client may have: Burst at once, and as much again in every Per.
type Rate struct {
	Burst int64 // 0: no limit
	Per   time.Duration
}

// unlimited reports whether there is no limit.
func (r Rate) unlimited() bool { return r.Burst == 0 }

// maxBurst keeps the script's arithmetic, which has 53 bits, exact.
const maxBurst = 1 << 50

var units = []struct {
	name  string
	bytes int64
}{{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"TiB", 1 << 40}}

// parseAmount reads a number, perhaps with a unit of bytes behind it.
func parseAmount(s string) (int64, bool) {
	unit := int64(1)
	for _, u := range units {
		if number, ok := strings.CutSuffix(s, u.name); ok {
			s, unit = number, u.bytes
		}
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return n * unit, err == nil && n >= 1 && n <= maxBurst/unit
}

func formatAmount(n int64) string {
	s := strconv.FormatInt(n, 10)
	for _, u := range units {
		if n%u.bytes == 0 {
			s = strconv.FormatInt(n/u.bytes, 10) + u.name
		}
	}
	return s
}

// UnmarshalText reads "off", or a number and a time, as 30/10m or 2GiB/1h.
func (r *Rate) UnmarshalText(text []byte) error {
	s := string(text)
	if s == "off" {
		*r = Rate{}
		return nil
	}
	amount, per, _ := strings.Cut(s, "/")
	n, ok := parseAmount(amount)
	d, err := time.ParseDuration(per)
	if !ok || err != nil || d < time.Second || d > 24*time.Hour {
		return fmt.Errorf("%q is neither off nor of the form 30/10m or 2GiB/1h, with a time between 1s and 24h", s)
	}
	*r = Rate{n, d}
	return nil
}

// MarshalText writes what UnmarshalText reads.
func (r Rate) MarshalText() ([]byte, error) {
	if r.unlimited() {
		return []byte("off"), nil
	}
	per := r.Per.String()
	if short, ok := strings.CutSuffix(per, "m0s"); ok {
		per = short + "m"
	}
	if short, ok := strings.CutSuffix(per, "h0m"); ok {
		per = short + "h"
	}
	return fmt.Appendf(nil, "%s/%s", formatAmount(r.Burst), per), nil
}

// Size is a number of bytes; 0 means no limit.
type Size int64

// UnmarshalText reads "off", or bytes, as 20GiB.
func (z *Size) UnmarshalText(text []byte) error {
	n, ok := parseAmount(string(text))
	switch {
	case string(text) == "off":
		n = 0
	case !ok:
		return fmt.Errorf("%q is neither off nor a number of bytes, as 20GiB", text)
	}
	*z = Size(n)
	return nil
}

// MarshalText writes what UnmarshalText reads.
func (z Size) MarshalText() ([]byte, error) {
	if z == 0 {
		return []byte("off"), nil
	}
	return []byte(formatAmount(int64(z))), nil
}
