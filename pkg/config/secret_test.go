package config_test

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"smalti/pkg/config"
)

func TestWeakPasswordsAreRefused(t *testing.T) {
	for password, strong := range map[string]bool{
		"sesame": false, "correct-horse": false, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa": false, "abcabcabcabcabcabc": false, "äöüäöüäöüä": false,
		"correct-horse-battery": true, "JBSWY3DPEHPK3PXP": true, "pässwörter sind lang": true,
	} {
		file := filepath.Join(t.TempDir(), "password")
		if err := os.WriteFile(file, []byte(password+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		set := config.New("test", func(string) string { return "" }, io.Discard)
		got := set.Password("store-password", "")
		foreign := set.Secret("github-token", "") // others decide on what it looks like
		err := set.Parse([]string{"-store-password-file", file, "-github-token-file", file})
		if (err == nil) != strong || *got != password || *foreign != password {
			t.Errorf("%q: %v", password, err)
		}
		if err != nil && (config.Exit("test", err, io.Discard) != config.ExitCode || !strings.Contains(err.Error(), "-store-password-file") ||
			strings.Contains(err.Error(), password) || strings.Contains(err.Error(), "github")) {
			t.Error(err)
		}
	}
}
