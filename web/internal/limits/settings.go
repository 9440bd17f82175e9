// Package limits keeps single clients from taking what is everyone's: requests, connections, and space for
// photos. The answers are in package problem, all of status 429 in its toomany.go.
//
// How large one photo may be is [smalti/pkg/photo.Limits]; how many photos and bytes one upload may have,
// [smalti/pkg/friends.UploadLimits].
package limits

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"smalti/pkg/config"
	"smalti/pkg/limit"
)

// Settings say what one client may have, and who may speak for clients.
type Settings struct {
	Mosaics, Friends, Thumbs limit.Rate     // of requests
	Uploads                  limit.Rate     // of bytes
	Quota                    limit.Quota    // of photos that wait for their mosaic, in bytes
	Connections              int            // of one client, or requests at once through a proxy; 0: no limit
	Proxies                  []netip.Prefix // whose X-Forwarded-For is trusted
}

// Define defines the flags.
func (c *Settings) Define(s *config.Set) {
	s.Group("Limits of one client")
	s.TextVar(&c.Mosaics, "limit-mosaics", limit.Rate{Burst: 60, Per: 10 * time.Minute}, "`rate` at which one client may ask for mosaics, as 60/10m, or off")
	s.TextVar(&c.Friends, "limit-friends", limit.Rate{Burst: 120, Per: 10 * time.Minute}, "`rate` at which one client may have friends looked up, or off")
	s.TextVar(&c.Thumbs, "limit-thumbs", limit.Rate{Burst: 6000, Per: 10 * time.Minute}, "`rate` at which one client may have small pictures of looked-up friends, or off")
	s.TextVar(&c.Uploads, "limit-uploads", limit.Rate{Burst: 4 << 30, Per: time.Hour}, "`rate` at which one client may send photos, as 4GiB/1h, or off")
	s.TextVar(&c.Quota.Client, "quota-client", limit.Size(2<<30), "`bytes` of photos that may wait for the mosaics of one client, as 2GiB, or off")
	s.TextVar(&c.Quota.Total, "quota-total", limit.Size(50<<30), "`bytes` of photos that may wait for all mosaics together, or off")
	s.IntVar(&c.Connections, "limit-connections", 250, "`connections` with requests being answered that one client may have, or requests at once through a trusted proxy; 0: no limit")
	proxies := s.String("trust-proxy", "", "`addresses` of the proxies whose X-Forwarded-For is believed, as 10.0.0.0/8,2001:db8::7 (default none)")
	s.Check(func() error {
		if c.Connections < 0 {
			return errors.New("-limit-connections: must not be negative")
		}
		return nil
	})
	s.Check(func() (err error) {
		c.Proxies, err = parsePrefixes(*proxies)
		return err
	})
}

func parsePrefixes(list string) (all []netip.Prefix, err error) {
	if list == "" {
		return nil, nil
	}
	for s := range strings.SplitSeq(list, ",") {
		s = strings.TrimSpace(s)
		p, err := netip.ParsePrefix(s)
		if a, plain := netip.ParseAddr(s); plain == nil {
			p, err = a.Prefix(a.BitLen())
		}
		if err != nil {
			return nil, fmt.Errorf("-trust-proxy: %q is neither an address nor a network", s)
		}
		all = append(all, p.Masked())
	}
	return all, nil
}
