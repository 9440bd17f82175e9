//go:build linux

package rig

import (
	"io"
	"slices"
	"strings"
	"testing"
	"time"
)

// What a child's own children use counts, too.
func TestUsage(t *testing.T) {
	t.Parallel()
	m := &Member{Name: "busy", Path: "sh", Args: []string{"-c", "(while :; do :; done) & wait"}, Out: io.Discard}
	if err := m.Start(); err != nil {
		t.Fatal(err)
	}
	defer m.Retire()
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		u, err := m.Usage()
		if err != nil {
			t.Fatal(err)
		}
		if u.CPU >= 50*time.Millisecond && u.Resident > 100_000 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("%+v", u)
		}
	}
	m.Retire()
	if _, err := m.Usage(); err == nil {
		t.Error("a process that has ended still uses something")
	}
}

func TestLines(t *testing.T) {
	t.Parallel()
	var lines []string
	w := Lines(func(line []byte) { lines = append(lines, string(line)) })
	for _, part := range []string{"a=1 b=x", "y c=3\nsec", "ond\n\nrest"} {
		if _, err := io.WriteString(w, part); err != nil {
			t.Fatal(err)
		}
	}
	if want := []string{"a=1 b=xy c=3", "second", ""}; !slices.Equal(lines, want) {
		t.Errorf("%q", lines)
	}
	if got := strings.Join([]string{Field([]byte(lines[0]), "b"), Field([]byte(lines[0]), "c"), Field([]byte(lines[0]), "d")}, ","); got != "xy,3," {
		t.Errorf("fields %q", got)
	}
}
