package config_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"smalti/pkg/config"
)

// A person reads text; what goes to the journal is for programs.
func TestFormOfTheLog(t *testing.T) {
	for name, tc := range map[string]struct {
		flags   []string
		journal func(own string) string
		json    bool
	}{
		"by itself":            {nil, func(string) string { return "" }, false},
		"into the journal":     {nil, func(own string) string { return own }, true},
		"another one's stream": {nil, func(own string) string { return own + "1" }, false},
		"as asked for, text":   {[]string{"-log", "text"}, func(own string) string { return own }, false},
		"as asked for, json":   {[]string{"-log", "json"}, func(string) string { return "" }, true},
	} {
		t.Run(name, func(t *testing.T) {
			f, err := os.Create(filepath.Join(t.TempDir(), "log"))
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			var s syscall.Stat_t
			if err := syscall.Fstat(int(f.Fd()), &s); err != nil {
				t.Fatal(err)
			}
			env := map[string]string{"JOURNAL_STREAM": tc.journal(fmt.Sprintf("%d:%d", s.Dev, s.Ino))}
			set := config.New("test", func(k string) string { return env[k] }, io.Discard)
			var l config.Log
			l.Define(set)
			if err := set.Parse(tc.flags); err != nil {
				t.Fatal(err)
			}
			l.Open(f).Info("hello")
			line, err := os.ReadFile(f.Name())
			if err != nil || strings.HasPrefix(string(line), "{") != tc.json {
				t.Errorf("%s, %v; want JSON: %v", line, err, tc.json)
			}
		})
	}
}

func TestLinksInErrorsShowTheirHostAlone(t *testing.T) {
	var out strings.Builder
	log := (&config.Log{Format: "json"}).Open(&out)
	err := errors.Join(
		fmt.Errorf("getting https://me:pass@photos.example:8443/anna/face.jpg?token=secret: %w", errors.New("no")),
		errors.New(`Get "http://other.example/bob?sig=secret": connection refused`),
		errors.New("dialling https://plain.example: no"),
	)
	log.Info("a photo", "error", err, "path", "/kept")
	for _, secret := range []string{"anna", "bob", "secret", "pass", "me:"} {
		if strings.Contains(out.String(), secret) {
			t.Errorf("%q is in the log: %s", secret, &out)
		}
	}
	for _, want := range []string{"https://photos.example:8443/…: no", `http://other.example/…\": connection refused`, "https://plain.example: no", `"path":"/kept"`} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("there is no %q in the log: %s", want, &out)
		}
	}
}

// How long something took is written with its unit, for people and for programs alike.
func TestDurationsHaveTheirUnit(t *testing.T) {
	for _, format := range []string{"text", "json"} {
		var out strings.Builder
		log := (&config.Log{Format: format}).Open(&out)
		log.With("took", 1500*time.Millisecond).Info("done", "waited", 2*time.Second)
		if line := strings.ReplaceAll(out.String(), `"`, ""); !strings.Contains(line, "1.5s") || !strings.Contains(line, "2s") {
			t.Errorf("%s: %s", format, out.String())
		}
	}
}
