// Package config reads the settings of a program: flags, each with a twin in the environment, and
// secrets from files. Its promise is that every mistake is told at once, before anything listens.
package config

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
)

// ExitCode is what a program with a wrong configuration ends with: EX_CONFIG of sysexits.h. systemd
// is told not to restart on it, since a restart would not mend it.
const ExitCode = 78

// Prefix begins the name of every environment twin.
const Prefix = "SMALTI_"

// Set is a flag set whose flags can also be given in the environment: -redis-password-file as
// SMALTI_REDIS_PASSWORD_FILE. A flag wins over its twin; an empty twin counts as not given.
type Set struct {
	*flag.FlagSet
	getenv   func(string) string
	secrets  []*secret
	checks   []func() error
	mistakes []error
}

// secret is filled from a file only when everything has been parsed.
type secret struct {
	name  string
	file  *string
	value *string
}

// New returns an empty set. Usage goes to out; getenv is os.Getenv but for tests.
func New(name string, getenv func(string) string, out io.Writer) *Set {
	s := &Set{FlagSet: flag.NewFlagSet(name, flag.ContinueOnError), getenv: getenv}
	s.SetOutput(out)
	s.FlagSet.Usage = func() {}
	return s
}

// Secret defines the flag -NAME-file and returns where the file's content, without its last line
// end, will be. A secret itself is never a flag: the process list would show it.
func (s *Set) Secret(name, usage string) *string {
	value := new(string)
	file := s.String(name+"-file", "", usage)
	s.secrets = append(s.secrets, &secret{name: name + "-file", file: file, value: value})
	return value
}

// Check adds a condition on what was parsed. Every check runs, and every error is reported; an
// error names the flag that it is about.
func (s *Set) Check(f func() error) { s.checks = append(s.checks, f) }

// Parse reads args and the environment. It returns flag.ErrHelp when help was asked for and shown,
// or an [Error] with all mistakes.
func (s *Set) Parse(args []string) error {
	// The flag package would print the first mistake, and the usage, by itself.
	out := s.Output()
	s.SetOutput(io.Discard)
	var err error
	s.leniently(func() {
		if err = s.FlagSet.Parse(args); !errors.Is(err, flag.ErrHelp) {
			s.readEnvironment()
		}
	})
	s.SetOutput(out)
	switch {
	case errors.Is(err, flag.ErrHelp):
		s.usage(out)
		return err
	case err != nil:
		s.mistakes = append(s.mistakes, err)
	case s.NArg() > 0:
		s.mistakes = append(s.mistakes, fmt.Errorf("%q is not a flag", s.Arg(0)))
	}
	s.readSecrets()
	// A check of values that could not be read would only repeat the mistake in other words.
	if len(s.mistakes) == 0 {
		for _, check := range s.checks {
			if err := check(); err != nil {
				s.mistakes = append(s.mistakes, err)
			}
		}
	}
	if len(s.mistakes) > 0 {
		return &Error{s.mistakes}
	}
	return nil
}

func (s *Set) readEnvironment() {
	given := map[string]bool{}
	s.Visit(func(f *flag.Flag) { given[f.Name] = true })
	s.VisitAll(func(f *flag.Flag) {
		if v := s.getenv(Twin(f.Name)); v != "" && !given[f.Name] {
			s.Set(f.Name, v) // the mistake, if it is one, has been collected
		}
	})
}

func (s *Set) readSecrets() {
	for _, sec := range s.secrets {
		if *sec.file == "" {
			continue
		}
		b, err := os.ReadFile(*sec.file)
		if err != nil {
			s.mistakes = append(s.mistakes, fmt.Errorf("-%s: %w", sec.name, err))
			continue
		}
		*sec.value = strings.TrimRight(string(b), "\r\n")
		if *sec.value == "" {
			s.mistakes = append(s.mistakes, fmt.Errorf("-%s: %s is empty", sec.name, *sec.file))
		}
	}
}

// Twin returns the name of a flag's environment variable.
func Twin(flagName string) string {
	return Prefix + strings.ToUpper(strings.ReplaceAll(flagName, "-", "_"))
}

func (s *Set) usage(out io.Writer) {
	fmt.Fprintf(out, "Usage of %s:\n", s.Name())
	s.PrintDefaults()
	fmt.Fprintf(out, "Every flag has a twin in the environment: -store-url, say, is %s.\n", Twin("store-url"))
}

// Error is everything that is wrong with a configuration.
type Error struct{ Mistakes []error }

func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("the configuration is not right:")
	for _, m := range e.Mistakes {
		b.WriteString("\n  ")
		b.WriteString(m.Error())
	}
	return b.String()
}

// Unwrap gives errors.Is and errors.As every mistake.
func (e *Error) Unwrap() []error { return e.Mistakes }

// Wrong makes an [Error] of what turned out to be wrong with a flag only when it was used; nil when
// there is nothing.
func Wrong(flag string, sentences []string) error {
	var mistakes []error
	for _, s := range sentences {
		mistakes = append(mistakes, fmt.Errorf("%s: %s", flag, s))
	}
	if len(mistakes) == 0 {
		return nil
	}
	return &Error{mistakes}
}
