package config_test

import (
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"smalti/pkg/config"
)

type settings struct {
	url      *string
	n        *int
	fast     *bool
	wait     *time.Duration
	password *string
}

func define(env map[string]string) (*config.Set, settings) {
	s := config.New("test", func(k string) string { return env[k] }, io.Discard)
	return s, settings{
		url:      s.String("store-url", "none", "where"),
		n:        s.Int("n", 1, "how many"),
		fast:     s.Bool("fast", false, "hurry"),
		wait:     s.Duration("wait", time.Second, "how long"),
		password: s.Secret("password", "file with the password"),
	}
}

func TestFlagWinsOverTwinWinsOverDefault(t *testing.T) {
	set, got := define(map[string]string{"SMALTI_STORE_URL": "twin", "SMALTI_N": "7", "SMALTI_FAST": "true", "SMALTI_WAIT": ""})
	if err := set.Parse([]string{"-n", "8"}); err != nil {
		t.Fatal(err)
	}
	if *got.url != "twin" || *got.n != 8 || !*got.fast || *got.wait != time.Second {
		t.Errorf("got %q %d %v %v", *got.url, *got.n, *got.fast, *got.wait)
	}
}

func TestBoolFlagNeedsNoValue(t *testing.T) {
	set, got := define(nil)
	if err := set.Parse([]string{"-fast", "-n", "3"}); err != nil || !*got.fast || *got.n != 3 {
		t.Errorf("err %v, fast %v, n %d", err, *got.fast, *got.n)
	}
}

func TestEveryMistakeIsToldAtOnce(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "empty")
	if err := os.WriteFile(empty, []byte("\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	set, _ := define(map[string]string{"SMALTI_FAST": "perhaps", "SMALTI_PASSWORD_FILE": empty})
	err := set.Parse([]string{"-n", "many", "-wait", "soon", "-colour", "red"})
	if _, ok := errors.AsType[*config.Error](err); !ok {
		t.Fatalf("got %v, want an Error", err)
	}
	for _, want := range []string{"-n ", "-wait ", "-colour", "SMALTI_FAST", "-password-file", "empty"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not among the mistakes:\n%v", want, err)
		}
	}
}

func TestChecksAllRun(t *testing.T) {
	set, got := define(nil)
	first, second := errors.New("first"), errors.New("second")
	set.Check(func() error { return first })
	set.Check(func() error {
		if *got.n == 2 {
			return second
		}
		return nil
	})
	if err := set.Parse([]string{"-n", "2"}); !errors.Is(err, first) || !errors.Is(err, second) {
		t.Errorf("got %v, want both", err)
	}
}

func TestSecretComesFromItsFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(file, []byte("pass word \r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	set, got := define(map[string]string{"SMALTI_PASSWORD_FILE": file})
	if err := set.Parse(nil); err != nil || *got.password != "pass word " {
		t.Errorf("got %q, %v", *got.password, err)
	}
	set, _ = define(nil)
	if err := set.Parse([]string{"-password-file", file + ".gone"}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v, want not exist", err)
	}
}

func TestHelpNamesTheTwins(t *testing.T) {
	var out strings.Builder
	set := config.New("test", func(string) string { return "" }, &out)
	set.String("store-url", "", "where")
	if err := set.Parse([]string{"-h"}); !errors.Is(err, flag.ErrHelp) || !strings.Contains(out.String(), "SMALTI_STORE_URL") {
		t.Errorf("got %v and %q", err, out.String())
	}
}
