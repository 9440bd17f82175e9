package config

import (
	"fmt"
	"io"
	"log/slog"
)

// Log is how a program logs: the same two flags for every program.
type Log struct {
	Format string // text or json
	Level  slog.Level
}

// Flags defines -log and -log-level.
func (l *Log) Flags(s *Set) {
	s.StringVar(&l.Format, "log", "text", "`form` of the log: text or json")
	s.TextVar(&l.Level, "log-level", slog.LevelInfo, "least `level` that is logged: debug, info, warn or error")
	s.Check(func() error {
		if l.Format != "text" && l.Format != "json" {
			return fmt.Errorf("-log: %q is neither text nor json", l.Format)
		}
		return nil
	})
}

// Open returns the logger.
func (l *Log) Open(w io.Writer) *slog.Logger {
	o := &slog.HandlerOptions{Level: l.Level}
	if l.Format == "json" {
		return slog.New(slog.NewJSONHandler(w, o))
	}
	return slog.New(slog.NewTextHandler(w, o))
}
