// Package config reads the settings of a program: flags that can also be set in the environment, and
// secrets from files. It reports all mistakes together, before anything listens. It also runs
// programs with subcommands, and writes the tables of their flags.
package config

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"

	"smalti/pkg/version"
)

// Set is a flag set whose flags can also be set in the environment: -redis-password-file as
// SMALTI_REDIS_PASSWORD_FILE. A flag wins over its variable; an empty variable counts as not set.
type Set struct {
	*flag.FlagSet
	getenv   func(string) string
	groups   []group
	secrets  []secret
	argument *argument
	checks   []func() error
	mistakes []error
	header   string // of the usage
}

// argument is what a command takes besides flags.
type argument struct{ name, value string }

// New returns an empty set with the flags -h and -version. Usage goes to out; getenv is os.Getenv except
// in tests.
func New(name string, getenv func(string) string, out io.Writer) *Set {
	s := &Set{FlagSet: flag.NewFlagSet(name, flag.ContinueOnError), getenv: getenv, header: "Usage: " + name + " [flags]\n"}
	s.SetOutput(out)
	s.Usage = func() {}
	return s
}

// Getenv reads a variable of the environment that is no flag's.
func (s *Set) Getenv(name string) string { return s.getenv(name) }

// Argument makes the set take exactly one argument, after the flags, and returns where it will be.
func (s *Set) Argument(name string) *string {
	s.argument = &argument{name: name}
	return &s.argument.value
}

// Check adds a condition on what was parsed, or sets what depends on it. All checks run in their order,
// unless values could not be read; each error names its flag.
func (s *Set) Check(f func() error) { s.checks = append(s.checks, f) }

// Parse reads args and the environment. It returns [flag.ErrHelp] when it has shown the usage or the
// version, which is what was asked for, and an [*Error] with all mistakes.
func (s *Set) Parse(args []string) error {
	showVersion := s.Bool("version", false, "print the version and exit")
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
	case *showVersion:
		fmt.Fprintln(out, version.Line(s.Name()))
		return flag.ErrHelp
	case err != nil:
		s.mistakes = append(s.mistakes, err)
	default:
		s.readArgument()
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

func (s *Set) readArgument() {
	switch {
	case s.argument == nil && s.NArg() > 0:
		s.mistakes = append(s.mistakes, fmt.Errorf("%q is neither a flag nor a subcommand", s.Arg(0)))
	case s.argument != nil && s.NArg() != 1:
		s.mistakes = append(s.mistakes, fmt.Errorf("%s needs one argument: %s", s.Name(), s.argument.name))
	case s.argument != nil:
		s.argument.value = s.Arg(0)
	}
}

func (s *Set) readEnvironment() {
	given := map[string]bool{"version": true} // has no variable
	s.Visit(func(f *flag.Flag) { given[f.Name] = true })
	s.VisitAll(func(f *flag.Flag) {
		if v := s.getenv(variable(f.Name)); v != "" && !given[f.Name] {
			_ = s.Set(f.Name, v) // lenient collects the mistake
		}
	})
}

// variable returns the name of a flag's environment variable.
func variable(flagName string) string {
	return "SMALTI_" + strings.ToUpper(strings.ReplaceAll(flagName, "-", "_"))
}

// lenient keeps the flag package from stopping at the first value that it cannot read.
type lenient struct {
	flag.Value
	name string
	set  *Set
}

func (l *lenient) Set(v string) error {
	if err := l.Value.Set(v); err != nil {
		l.set.mistakes = append(l.set.mistakes, fmt.Errorf("-%s (%s): invalid value %q: %w", l.name, variable(l.name), v, err))
	}
	return nil
}

// IsBoolFlag tells the flag package that -x alone means -x=true.
func (l *lenient) IsBoolFlag() bool { return isBool(l.Value) }

func isBool(v flag.Value) bool {
	b, ok := v.(interface{ IsBoolFlag() bool })
	return ok && b.IsBoolFlag()
}

// leniently runs f while every flag collects its mistakes.
func (s *Set) leniently(f func()) {
	s.VisitAll(func(f *flag.Flag) { f.Value = &lenient{Value: f.Value, name: f.Name, set: s} })
	f()
	s.VisitAll(func(f *flag.Flag) { f.Value = f.Value.(*lenient).Value })
}

// Error is everything that is wrong with a configuration.
type Error struct{ Mistakes []error }

func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("invalid configuration:")
	for _, m := range e.Mistakes {
		b.WriteString("\n  ")
		b.WriteString(strings.ReplaceAll(m.Error(), "\n", "\n  ")) // of errors.Join
	}
	return b.String()
}

// Unwrap gives errors.Is and errors.As every mistake.
func (e *Error) Unwrap() []error { return e.Mistakes }

// Invalid returns an [*Error] for what turned out to be wrong with a flag only when it was used, or nil if
// nothing did.
func Invalid(flag string, mistakes ...string) error {
	if len(mistakes) == 0 {
		return nil
	}
	e := &Error{}
	for _, m := range mistakes {
		e.Mistakes = append(e.Mistakes, fmt.Errorf("%s: %s", flag, m))
	}
	return e
}
