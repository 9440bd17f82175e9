package admin

import (
	"errors"
	"fmt"

	"smalti/pkg/config"
)

// Flags are the settings of an admin listener.
type Flags struct {
	Addr  string // empty: none
	token *string
}

// Define adds the flags to a set.
func (f *Flags) Define(s *config.Set) {
	s.Group("Operations")
	s.StringVar(&f.Addr, "admin", "", "`address` of the listener for those who run the system: metrics, profiles, health (default none)")
	f.token = s.Password("admin-token", "`file` with the token that the admin listener asks for; needed where others can reach it")
	s.Check(func() error {
		if f.Addr == "" {
			if *f.token != "" {
				return errors.New("-admin-token-file: there is no -admin to guard")
			}
			return nil
		}
		if err := Check(f.Addr, *f.token); err != nil {
			return fmt.Errorf("-admin: %w", err)
		}
		return nil
	})
}

// Token is what the listener asks for, once the flags were read.
func (f *Flags) Token() string { return *f.token }
