package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"strings"
	"testing"

	"smalti/pkg/config"
)

func noEnvironment(string) string { return "" }

func TestEveryConfigurationMistakeIsToldBeforeAnythingListens(t *testing.T) {
	var stderr bytes.Buffer
	args := []string{"-listen", "8080", "-keep", "5m", "-redis", "http://example.org", "-store", "gopher://example.org", "-store-cert", "cert.pem"}
	code := run(context.Background(), args, noEnvironment, io.Discard, &stderr)
	if code != config.ExitCode {
		t.Errorf("exit code %d, want %d", code, config.ExitCode)
	}
	for _, want := range []string{"-listen:", "-keep:", "-redis:", "-store:", "-store-cert and -store-key"} {
		if !strings.Contains(stderr.String(), want) {
			t.Errorf("no word about %s in:\n%s", want, &stderr)
		}
	}
}

func TestAloneItNeedsNothing(t *testing.T) {
	c, err := readSettings(nil, noEnvironment, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if !c.single() || c.workers != 1 || c.listen != "localhost:8080" || c.data == "" {
		t.Errorf("got %+v", c)
	}
}

func TestWithRedisItIsTheFrontEndAlone(t *testing.T) {
	env := map[string]string{"SMALTI_REDIS": "redis://example.org", "SMALTI_STORE_PASSWORD_FILE": writeSecret(t, "a password of tests"), "STATE_DIRECTORY": "/var/lib/smalti"}
	c, err := readSettings(nil, func(k string) string { return env[k] }, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if c.single() || c.workers != 0 || c.storeListen != "localhost:2121" || c.data != "/var/lib/smalti" {
		t.Errorf("got %+v", c)
	}
}

// The table of settings in the README is what ops work with.
func TestReadmeHasEveryFlag(t *testing.T) {
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	var usage bytes.Buffer
	run(context.Background(), []string{"-h"}, noEnvironment, &usage, io.Discard)
	flags := 0
	for line := range strings.Lines(usage.String()) {
		if name, ok := strings.CutPrefix(line, "  -"); ok {
			name = strings.Fields(name)[0]
			flags++
			if !bytes.Contains(readme, []byte("`-"+name+"`")) {
				t.Errorf("-%s is not in the README", name)
			}
		}
	}
	if flags < 10 {
		t.Errorf("only %d flags in the usage:\n%s", flags, &usage)
	}
}
