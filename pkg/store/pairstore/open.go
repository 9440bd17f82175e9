package pairstore

import (
	"errors"
	"fmt"
	"strings"

	"smalti/pkg/store"
	"smalti/pkg/store/ftpstore"
)

// Open is [ftpstore.New] for one URL, and a [Store] for two with a space between them; what else c says
// goes for both. It does not connect.
func Open(urls string, c ftpstore.Config) (store.Closable, error) {
	var remotes []*ftpstore.Store
	var bad []error
	fields := strings.Fields(urls)
	for i, url := range fields {
		c := c
		if c.URL = url; len(fields) > 1 && !strings.HasPrefix(url, "ftps:") {
			c.CAFile = "" // which the other may be for
		}
		r, err := ftpstore.New(c)
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
		return New(remotes[0], remotes[1]), nil
	}
	return nil, fmt.Errorf("store configuration: %d stores instead of one or two", len(remotes))
}
