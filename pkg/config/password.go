package config

import "fmt"

// What a password or token has to have: NIST SP 800-63B-4 asks for 15 characters where a password is all
// that there is. Different ones are counted only to refuse what is not meant as a secret.
const (
	minLength    = 15
	minDifferent = 6
)

// Password is [Set.Secret] for what guards the system itself, which must not be easy to guess.
func (s *Set) Password(name, usage string) *string {
	value := s.Secret(name, usage)
	s.Check(func() error {
		if *value == "" {
			return nil // not given, or a mistake already
		}
		if err := checkStrength(*value); err != nil {
			return fmt.Errorf("-%s-file: %w", name, err)
		}
		return nil
	})
	return value
}

func checkStrength(password string) error {
	n := 0
	different := map[rune]bool{}
	for _, r := range password {
		n++
		different[r] = true
	}
	if n < minLength || len(different) < minDifferent {
		return fmt.Errorf("what is in it is too easy to guess: it needs at least %d characters, %d of them different, such as head -c 30 /dev/urandom | base64 writes", minLength, minDifferent)
	}
	return nil
}
