package systemd

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// readUnit reads the settings of a unit file: one that is given several times has several values.
func readUnit(t *testing.T, name string) map[string][]string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	unit := map[string][]string{}
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if key, value, ok := strings.Cut(line, "="); ok && !strings.HasPrefix(line, "#") {
			unit[key] = append(unit[key], value)
		}
	}
	return unit
}

// A worker decodes what strangers send. It must not be the user who owns the journal and the store, nor
// see where the passwords are.
func TestWorkersOwnNothing(t *testing.T) {
	web, worker := readUnit(t, "smalti-web.service"), readUnit(t, "smalti-worker@.service")
	if web["User"][0] == worker["User"][0] || web["Group"][0] == worker["Group"][0] {
		t.Errorf("web and workers are the same user, %s, or group, %s", worker["User"][0], worker["Group"][0])
	}
	if len(worker["SupplementaryGroups"]) > 0 || len(worker["StateDirectory"]) > 0 {
		t.Errorf("workers are given %v %v", worker["SupplementaryGroups"], worker["StateDirectory"])
	}
	hidden := strings.Fields(strings.Join(worker["InaccessiblePaths"], " "))
	for _, path := range []string{"/var/lib/smalti", "/var/lib/redis", "/etc/smalti/credentials"} {
		if !slices.Contains(hidden, "-"+path) { // "-": it need not be there
			t.Errorf("workers can look for %s", path)
		}
	}
	if web["StateDirectoryMode"][0] != "0700" {
		t.Errorf("others can read the journal: %s", web["StateDirectoryMode"])
	}
}

// Whoever a unit runs as is made by the script that installs it.
func TestUsersOfUnitsAreMade(t *testing.T) {
	script, err := os.ReadFile("install")
	if err != nil {
		t.Fatal(err)
	}
	units, err := filepath.Glob("*.service")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range units {
		for _, user := range readUnit(t, name)["User"] {
			if !strings.Contains(string(script), "\n  user "+user+"\n") {
				t.Errorf("nobody makes the user %s of %s", user, name)
			}
		}
	}
}

// systemd's own judgement of what a service may do on its host: 0 is nothing, 100 is everything.
func TestExposure(t *testing.T) {
	program, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip(err)
	}
	for _, name := range []string{"smalti-web.service", "smalti-worker@.service", "smalti-autoscale.service"} {
		out, err := exec.CommandContext(t.Context(), program, "security", "--offline=true", "--threshold=15", "--no-pager", "./"+name).CombinedOutput()
		if strings.Contains(string(out), "unrecognized option") {
			t.Skip("this systemd-analyze is too old")
		}
		if err != nil {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
	}
}
