package admin

import (
	"errors"
	"fmt"

	"smalti/pkg/config"
)

// Flags are the settings of an admin listener. The token is there once the flags have been read.
type Flags struct {
	Addr  string // empty: none
	token *string
}

// Define adds the flags to a set.
func (f *Flags) Define(s *config.Set) {
	s.Group("Operations")
	s.StringVar(&f.Addr, "admin", "", "`address` of the listener for operators: metrics, profiles, health, and the operations page of web (default none)")
	f.token = s.Password("admin-token", "`file` with the token that the admin listener requires; without one, it answers only requests to localhost")
	s.Check(func() error {
		if f.Addr == "" {
			if *f.token != "" {
				return errors.New("-admin-token-file: needs -admin")
			}
			return nil
		}
		if err := Check(f.Addr, *f.token); err != nil {
			return fmt.Errorf("-admin: %w", err)
		}
		return nil
	})
}

// Token is the token that the listener requires.
func (f *Flags) Token() string { return *f.token }
