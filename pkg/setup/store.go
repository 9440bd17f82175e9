package setup

import (
	"fmt"
	"strings"

	"smalti/pkg/config"
	"smalti/pkg/store"
	"smalti/pkg/store/ftpstore"
	"smalti/pkg/store/pairstore"
)

// Store says which FTP servers mosaics are delivered to.
type Store struct {
	urls, ca string
	readBack bool
	password *string
}

// Define adds the flags.
func (st *Store) Define(s *config.Set) {
	s.Group("Store")
	s.Func("store", "`URL` of the FTP server that mosaics are delivered to, as ftp://user@host:21/ (ftps:// for explicit TLS); given twice, a mosaic is done when one of the two has it, and the other catches up (default web serves a store of its own)", func(url string) error {
		st.urls = strings.TrimSpace(st.urls + " " + url)
		return nil
	})
	st.password = s.Password("store-password", "`file` with the password of the store; web makes one up for a store of its own that no other machine delivers to")
	s.StringVar(&st.ca, "store-ca", "", "PEM `file` with the authority that signed the certificate of the store (default the system's)")
	s.BoolVar(&st.readBack, "store-read-back", false, "read each file back from a store that cannot tell its SHA-256, before a mosaic is done")
	s.Check(func() error {
		if st.urls == "" {
			return nil
		}
		_, err := st.Open(ftpstore.Config{}) // does not connect
		return err
	})
}

// Given reports whether there is such a server.
func (st *Store) Given() bool { return st.urls != "" }

// Password is the password of the store.
func (st *Store) Password() string { return *st.password }

// Open returns the store, or a pair of two; what else c says holds for both. It does not connect.
func (st *Store) Open(c ftpstore.Config) (store.Closable, error) {
	c.Password, c.CAFile, c.ReadBack = *st.password, st.ca, st.readBack
	s, err := pairstore.Open(st.urls, c)
	if err != nil {
		return nil, fmt.Errorf("-store: %w", err)
	}
	return s, nil
}
