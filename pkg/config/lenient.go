package config

import (
	"flag"
	"fmt"
)

// lenient keeps the flag package from stopping at the first value that it cannot read.
type lenient struct {
	flag.Value
	name string
	set  *Set
}

func (l *lenient) Set(v string) error {
	if err := l.Value.Set(v); err != nil {
		l.set.mistakes = append(l.set.mistakes, fmt.Errorf("-%s (%s): %q cannot be used: %w", l.name, Twin(l.name), v, err))
	}
	return nil
}

// IsBoolFlag tells the flag package that -x alone means -x=true.
func (l *lenient) IsBoolFlag() bool {
	b, ok := l.Value.(interface{ IsBoolFlag() bool })
	return ok && b.IsBoolFlag()
}

// leniently runs f while every flag collects its mistakes.
func (s *Set) leniently(f func()) {
	s.VisitAll(func(f *flag.Flag) { f.Value = &lenient{Value: f.Value, name: f.Name, set: s} })
	f()
	s.VisitAll(func(f *flag.Flag) { f.Value = f.Value.(*lenient).Value })
}
