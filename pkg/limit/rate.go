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

// Unlimited reports whether there is no limit.
func (r Rate) Unlimited() bool { return r.Burst == 0 }

// maxBurst keeps the script's arithmetic, which has 53 bits, exact.
const maxBurst = 1 << 50

var units = []struct {
	name  string
	bytes int64
}{{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"TiB", 1 << 40}}

// UnmarshalText reads "off", or a number and a time, as 30/10m or 2GiB/1h.
func (r *Rate) UnmarshalText(text []byte) error {
	s := string(text)
	if s == "off" {
		*r = Rate{}
		return nil
	}
	amount, per, _ := strings.Cut(s, "/")
	unit := int64(1)
	for _, u := range units {
		if number, ok := strings.CutSuffix(amount, u.name); ok {
			amount, unit = number, u.bytes
		}
	}
	n, err := strconv.ParseInt(amount, 10, 64)
	d, timeErr := time.ParseDuration(per)
	if err != nil || timeErr != nil || n < 1 || n > maxBurst/unit || d < time.Second || d > 24*time.Hour {
		return fmt.Errorf("%q is neither off nor of the form 30/10m or 2GiB/1h, with a time between 1s and 24h", s)
	}
	*r = Rate{n * unit, d}
	return nil
}

// MarshalText writes what UnmarshalText reads.
func (r Rate) MarshalText() ([]byte, error) {
	if r.Unlimited() {
		return []byte("off"), nil
	}
	amount := strconv.FormatInt(r.Burst, 10)
	for _, u := range units {
		if r.Burst%u.bytes == 0 {
			amount = strconv.FormatInt(r.Burst/u.bytes, 10) + u.name
		}
	}
	per := r.Per.String()
	if short, ok := strings.CutSuffix(per, "m0s"); ok {
		per = short + "m"
	}
	if short, ok := strings.CutSuffix(per, "h0m"); ok {
		per = short + "h"
	}
	return fmt.Appendf(nil, "%s/%s", amount, per), nil
}
