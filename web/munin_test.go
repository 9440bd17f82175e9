package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"smalti/pkg/testenv"
)

// Munin's own runner reads what the plugins say of a running system.
func TestMuninPlugins(t *testing.T) {
	testenv.SkipSlow(t)
	munin := testenv.Program(t, "munin-run")
	if os.Getuid() != 0 {
		t.Skip("munin-run must be run by root")
	}
	t.Parallel()
	plugin, err := filepath.Abs("../scripts/munin/smalti_")
	if err != nil {
		t.Fatal(err)
	}
	dir, addr, token := t.TempDir(), freeAddr(t), writeSecret(t, "open sesame, door")
	base := startSystem(t, "-admin", addr, "-admin-token-file", token)
	expectDone(t, base, accept(t, base, small), time.Minute)
	conf := filepath.Join(dir, "plugin-conf.d")
	services := filepath.Join(dir, "plugins")
	for _, d := range []string{conf, services} {
		if err := os.Mkdir(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	where := "[smalti_*]\nuser root\nenv.web http://" + addr + "\nenv.worker http://" + addr + "\nenv.token_file " + token + "\n"
	if err := os.WriteFile(filepath.Join(conf, "smalti"), []byte(where), 0o644); err != nil {
		t.Fatal(err)
	}
	for graph, fields := range map[string][]string{
		"queue":     {"interactive", "bulk", "running", "dead", "oldest"},
		"workers":   {"idle", "busy", "waiting", "draining", "wanted"},
		"durations": {"photos_sum", "photos_count", "matching_sum", "delivering_count"},
	} {
		name := "smalti_" + graph
		if err := os.Symlink(plugin, filepath.Join(services, name)); err != nil {
			t.Fatal(err)
		}
		run := func(args ...string) string {
			args = append([]string{"--ignore-systemd-properties", "--servicedir", services, "--sconfdir", conf, name}, args...)
			out, err := exec.Command(munin, args...).Output()
			if err != nil {
				t.Errorf("munin-run %s: %v", strings.Join(args, " "), err)
			}
			return string(out)
		}
		config, values := run("config"), run()
		if !strings.Contains(config, "graph_title Smalti") {
			t.Errorf("%s config:\n%s", name, config)
		}
		for _, f := range fields {
			if !strings.Contains(config, f+".label ") || !regexp.MustCompile(`(?m)^`+f+`\.value \d`).MatchString(values) {
				t.Errorf("%s: no label or no number for %s in\n%s%s", name, f, config, values)
			}
		}
	}
}
