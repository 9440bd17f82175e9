package main

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"smalti/pkg/config"
	"smalti/pkg/config/configtest"
)

func noEnvironment(string) string { return "" }

func TestEveryConfigurationMistakeIsToldBeforeAnythingListens(t *testing.T) {
	var stderr bytes.Buffer
	args := []string{"-listen", "8080", "-keep", "5m", "-redis", "http://example.org", "-store", "gopher://example.org", "-store-cert", "cert.pem"}
	code := commands.Run(t.Context(), args, noEnvironment, io.Discard, &stderr)
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
	if c.single() || c.workers != 0 || c.ownStore.listen != "localhost:2121" || c.data != "/var/lib/smalti" {
		t.Errorf("got %+v", c)
	}
}

func TestReadme(t *testing.T) { configtest.Readme(t, commands) }

// readSettings reads the settings of a front end.
func readSettings(args []string, getenv func(string) string, out io.Writer) (*settings, error) {
	s := config.New("web", getenv, out)
	c := defineSettings(s)
	return c, s.Parse(args)
}

func TestPublicURL(t *testing.T) {
	for address, fine := range map[string]bool{"": true, "https://a.example": true, "https://a.example/": true, "a.example": false, "ftp://a.example": false, "https://a.example/sub": false, "https://u@a.example": false} {
		if err := checkPublicURL(address); (err == nil) != fine {
			t.Errorf("-public-url %q: %v", address, err)
		}
	}
}
