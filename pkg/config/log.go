package config

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"regexp"
	"strings"
	"syscall"
	"time"
)

// Log is how a program logs: the same two flags for every program.
type Log struct {
	Format string // text or json; empty: as suits whoever reads
	Level  slog.Level

	getenv func(string) string
}

// Define adds the flags -log and -log-level.
func (l *Log) Define(s *Set) {
	s.Group("Operations")
	l.getenv = s.getenv
	s.StringVar(&l.Format, "log", "", "`format` of the log: text or json (default json into systemd's journal, else text)")
	s.TextVar(&l.Level, "log-level", slog.LevelInfo, "least `level` that is logged: debug, info, warn or error")
	s.Check(func() error {
		if l.Format != "" && l.Format != "text" && l.Format != "json" {
			return fmt.Errorf("-log: %q is neither text nor json", l.Format)
		}
		return nil
	})
}

// Open returns the logger. Of links in errors it shows no more than the host: the rest may name a
// person, or let in whoever reads the log. Durations are written with their unit, as 1.5s, in both formats.
func (l *Log) Open(w io.Writer) *slog.Logger {
	o := &slog.HandlerOptions{Level: l.Level, ReplaceAttr: replace}
	if l.Format == "json" || l.Format == "" && l.getenv != nil && intoJournal(w, l.getenv("JOURNAL_STREAM")) {
		return slog.New(slog.NewJSONHandler(w, o))
	}
	return slog.New(slog.NewTextHandler(w, o))
}

// link is scheme, host, and what follows it.
var link = regexp.MustCompile(`(https?://)(?:[^/\s"@]*@)?([^/\s"?#\\]+)([^\s"\\]*)`)

func replace(_ []string, a slog.Attr) slog.Attr {
	switch v := a.Value.Any().(type) {
	case error:
		return slog.String(a.Key, veil(v.Error()))
	case time.Duration: // JSON would have nanoseconds, and no word of it
		return slog.String(a.Key, v.String())
	}
	return a
}

// veil hides what comes after the host in links.
func veil(text string) string {
	return link.ReplaceAllStringFunc(text, func(s string) string {
		m := link.FindStringSubmatch(s)
		rest, colon := strings.CutSuffix(m[3], ":") // of the sentence
		shown := m[1] + m[2]
		if rest != "" {
			shown += "/…"
		}
		if colon {
			shown += ":"
		}
		return shown
	})
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
