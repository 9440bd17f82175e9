package worker

import (
	"time"

	"smalti/pkg/config"
	"smalti/pkg/friends"
	"smalti/pkg/limit"
)

// Hosts defines the flags that say how often a host may be asked. All processes should have the same,
// since they count together. The limiter is to be set before the first use.
func Hosts(s *config.Set) *limit.Hosts {
	h := &limit.Hosts{Free: friends.CDNs}
	s.TextVar(&h.Rate, "limit-host", limit.Rate{Burst: 2000, Per: time.Hour}, "`rate` at which all mosaics together may ask one host of the internet for photos, or off")
	s.TextVar(&h.Known, "limit-known-host", limit.Rate{Burst: 30_000, Per: time.Hour}, "the same `rate` for hosts on which somebody's friends were looked up")
	return h
}
