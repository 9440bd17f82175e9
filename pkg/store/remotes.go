package store

import (
	"errors"
	"fmt"
	"io"
	"strings"
)

// Closable is a store that holds connections.
type Closable interface {
	Store
	io.Closer
}

// OpenRemotes is NewRemote for one URL, and a [Pair] for two with a space between them; what else c says
// goes for both. It does not connect.
func OpenRemotes(urls string, c RemoteConfig) (Closable, error) {
	var remotes []*Remote
	var bad []error
	fields := strings.Fields(urls)
	for i, url := range fields {
		c := c
		if c.URL = url; len(fields) > 1 && !strings.HasPrefix(url, "ftps:") {
			c.CAFile = "" // which the other may be for
		}
		r, err := NewRemote(c)
		if err != nil && len(fields) > 1 {
			err = fmt.Errorf("store %d: %w", i+1, err)
		}
		remotes, bad = append(remotes, r), append(bad, err)
	}
	if err := errors.Join(bad...); err != nil {
		return nil, err
	}
	switch len(remotes) {
	case 1:
		return remotes[0], nil
	case 2:
		return newPair(remotes[0], remotes[1]), nil
	}
	return nil, fmt.Errorf("store configuration: %d stores instead of one or two", len(remotes))
}
