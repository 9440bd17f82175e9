package config

import (
	"fmt"
	"os"
	"strings"
)

// secret is filled from a file only when everything has been parsed.
type secret struct {
	flag        string
	file, value *string
}

// Secret defines the flag -NAME-file and returns where the file's content, without its last line end,
// will be. A secret itself is never a flag: the process list would show it.
func (s *Set) Secret(name, usage string) *string {
	name += "-file"
	sec := secret{flag: name, file: s.String(name, "", usage), value: new(string)}
	s.secrets = append(s.secrets, sec)
	return sec.value
}

func (s *Set) readSecrets() {
	for _, sec := range s.secrets {
		if *sec.file == "" {
			continue
		}
		b, err := os.ReadFile(*sec.file)
		*sec.value = strings.TrimRight(string(b), "\r\n")
		if err == nil && *sec.value == "" {
			err = fmt.Errorf("%s is empty", *sec.file)
		}
		if err != nil {
			s.mistakes = append(s.mistakes, fmt.Errorf("-%s: %w", sec.flag, err))
		}
	}
}

// What a password or token must have: NIST SP 800-63B-4 asks for 15 characters where a password is the
// only factor. Different characters are counted to refuse what is not meant as a secret.
const (
	minLength    = 15
	minDifferent = 6
)

// Password is [Set.Secret] for what guards the system itself, and must not be easy to guess.
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
	runes, different := []rune(password), map[rune]bool{}
	for _, r := range runes {
		different[r] = true
	}
	if len(runes) < minLength || len(different) < minDifferent {
		return fmt.Errorf("too easy to guess: it needs at least %d characters, %d of them different; head -c 30 /dev/urandom | base64 writes such a one", minLength, minDifferent)
	}
	return nil
}
