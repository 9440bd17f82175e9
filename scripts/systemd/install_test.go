package systemd

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"smalti/pkg/testenv"
)

// A unit that does not start ends the installation with what the unit said.
func TestInstallSaysWhatDoesNotStart(t *testing.T) {
	bash := testenv.Program(t, "bash")
	install, err := os.ReadFile("install")
	if err != nil {
		t.Fatal(err)
	}
	var script strings.Builder
	script.WriteString("set -euo pipefail\n")
	for _, name := range []string{"refuse", "start"} {
		function := regexp.MustCompile(`(?ms)^` + name + `\(\) \{$.*?^\}$`).Find(install)
		if function == nil {
			t.Fatalf("install has no function %s", name)
		}
		script.Write(function)
		script.WriteByte('\n')
	}
	script.WriteString("start redis-server@smalti.service\necho started\n")
	for fails, ok := range map[string]bool{"none": true, "enable": false, "start": false, "is-active": false} {
		tools := t.TempDir()
		for name, body := range map[string]string{
			"systemctl":  `[[ $1 != ` + fails + ` ]]`,
			"journalctl": `echo 'Address already in use'`,
		} {
			if err := os.WriteFile(filepath.Join(tools, name), []byte("#!"+bash+"\n"+body+"\n"), 0o755); err != nil {
				t.Fatal(err)
			}
		}
		cmd := exec.CommandContext(t.Context(), bash, "-c", script.String())
		cmd.Env = append(os.Environ(), "PATH="+tools+":"+os.Getenv("PATH"))
		out, err := cmd.CombinedOutput()
		says := string(out)
		if ok && (err != nil || says != "started\n") {
			t.Errorf("all is well: %v, %q", err, says)
		}
		if !ok && (cmd.ProcessState.ExitCode() != 1 || !strings.Contains(says, "Address already in use") || !strings.Contains(says, "redis-server@smalti.service does not start")) {
			t.Errorf("systemctl %s fails: %v, %q", fails, err, says)
		}
	}
}
