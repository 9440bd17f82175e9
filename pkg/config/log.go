package config

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"syscall"
)

// Log is how a program logs: the same two flags for every program.
type Log struct {
	Format string // text or json; empty: as suits whoever reads
	Level  slog.Level

	getenv func(string) string
}

// Flags defines -log and -log-level.
func (l *Log) Flags(s *Set) {
	l.getenv = s.getenv
	s.StringVar(&l.Format, "log", "", "`form` of the log: text or json (default json where it goes to systemd's journal, else text)")
	s.TextVar(&l.Level, "log-level", slog.LevelInfo, "least `level` that is logged: debug, info, warn or error")
	s.Check(func() error {
		if l.Format != "" && l.Format != "text" && l.Format != "json" {
			return fmt.Errorf("-log: %q is neither text nor json", l.Format)
		}
		return nil
	})
}

// Open returns the logger.
func (l *Log) Open(w io.Writer) *slog.Logger {
	o := &slog.HandlerOptions{Level: l.Level}
	if l.Format == "json" || l.Format == "" && l.getenv != nil && intoJournal(w, l.getenv("JOURNAL_STREAM")) {
		return slog.New(slog.NewJSONHandler(w, o))
	}
	return slog.New(slog.NewTextHandler(w, o))
}

// intoJournal reports whether w is the file that systemd connected to the journal: systemd.exec(5) says
// how $JOURNAL_STREAM names it, and that a program that was started by another one may have inherited
// the variable without the file.
func intoJournal(w io.Writer, stream string) bool {
	f, ok := w.(*os.File)
	if !ok || stream == "" {
		return false
	}
	info, err := f.Stat()
	if err != nil {
		return false
	}
	s, ok := info.Sys().(*syscall.Stat_t)
	return ok && fmt.Sprintf("%d:%d", s.Dev, s.Ino) == stream
}
