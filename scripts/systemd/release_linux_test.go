package systemd

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"smalti/pkg/testenv"
)

// fleet is fake hosts, all of whose units run the version "former".
type fleet struct {
	t     *testing.T
	hosts string // the directory of all
	env   []string
}

func newFleet(t *testing.T, hosts map[string][]string) *fleet {
	t.Helper()
	testenv.SkipSlow(t)
	for _, name := range []string{"bash", "sha256sum", "flock", "awk"} {
		testenv.Program(t, name)
	}
	f := &fleet{t: t, hosts: t.TempDir()}
	tools := t.TempDir()
	self, err := os.Executable()
	f.must(err)
	for _, name := range []string{"rsh", "sudo", "systemctl", "journalctl", "sleep"} {
		f.must(os.Symlink(self, filepath.Join(tools, name)))
	}
	f.env = append(os.Environ(), "PATH="+tools+":"+os.Getenv("PATH"), "FAKE_HOSTS="+f.hosts, "SMALTI_RSH=rsh", "SMALTI_BIN=bin")
	former := f.programs("former")
	for host, units := range hosts {
		f.must(os.MkdirAll(filepath.Join(f.hosts, host, "units"), 0o755))
		f.must(os.Mkdir(filepath.Join(f.hosts, host, "bin"), 0o755))
		for _, unit := range units {
			name, _, _ := strings.Cut(strings.TrimPrefix(unit, "smalti-"), "@")
			b, err := os.ReadFile(filepath.Join(former, name))
			f.must(err)
			f.must(os.WriteFile(filepath.Join(f.hosts, host, "bin", "smalti-"+name), b, 0o755))
		}
		for _, unit := range units {
			f.must(f.command("rsh", host, "systemctl", "start", unit+".service").Run())
		}
	}
	f.log()
	return f
}

func (f *fleet) must(err error) {
	f.t.Helper()
	if err != nil {
		f.t.Fatal(err)
	}
}

// programs makes a directory with both programs in a version.
func (f *fleet) programs(version string) (dir string) {
	f.t.Helper()
	dir = f.t.TempDir()
	self, err := os.Executable()
	f.must(err)
	b, err := os.ReadFile(self)
	f.must(err)
	for _, name := range []string{"web", "worker"} {
		f.must(os.WriteFile(filepath.Join(dir, name), append(slices.Clip(b), versionMark+version...), 0o755))
	}
	return dir
}

// log returns what was done since it was last asked.
func (f *fleet) log() (lines []string) {
	path := filepath.Join(f.hosts, "log")
	b, _ := os.ReadFile(path)
	os.Remove(path)
	if len(b) == 0 {
		return nil
	}
	return strings.Split(strings.TrimSpace(string(b)), "\n")
}

// command is one that finds the fakes first.
func (f *fleet) command(name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(f.t.Context(), "env", append([]string{name}, args...)...)
	cmd.Env = f.env
	return cmd
}

// release runs scripts/release and checks what it did on the hosts.
func (f *fleet) release(ok bool, did []string, args ...string) (said string) {
	f.t.Helper()
	out, err := f.command("../release", args...).CombinedOutput()
	if (err == nil) != ok {
		f.t.Fatalf("release %q: %v\n%s", args, err, out)
	}
	if got := f.log(); !slices.Equal(got, did) {
		f.t.Fatalf("release %q did\n%s\nwant\n%s\nand said\n%s", args, strings.Join(got, "\n"), strings.Join(did, "\n"), out)
	}
	return string(out)
}

// runs checks the version of what runs and of what is installed.
func (f *fleet) runs(version string, hosts ...string) {
	f.t.Helper()
	for _, host := range hosts {
		units, err := os.ReadDir(filepath.Join(f.hosts, host, "units"))
		f.must(err)
		for _, u := range units {
			pid := pidOf(filepath.Join(f.hosts, host), u.Name())
			if pid == 0 {
				continue
			}
			if got := versionOf(fmt.Sprintf("/proc/%d/exe", pid)); got != version {
				f.t.Errorf("%s on %s is version %q, want %q", u.Name(), host, got, version)
			}
		}
		programs, err := filepath.Glob(filepath.Join(f.hosts, host, "bin", "*"))
		f.must(err)
		for _, p := range programs {
			switch got := versionOf(p); {
			case filepath.Ext(p) == ".old":
			case filepath.Ext(p) != "":
				f.t.Errorf("%s was left on %s", filepath.Base(p), host)
			case got != version:
				f.t.Errorf("%s on %s is version %q, want %q", filepath.Base(p), host, got, version)
			}
		}
	}
}

func TestRelease(t *testing.T) {
	f := newFleet(t, map[string][]string{
		"a": {"smalti-web", "smalti-worker@1", "smalti-worker@2"},
		"b": {"smalti-worker@1"},
	})
	next := f.programs("new")
	forward := []string{
		"a try-restart smalti-worker@1 1", "a try-restart smalti-worker@2 1",
		"b start smalti-worker@spare 1", "b try-restart smalti-worker@1 1", "b stop smalti-worker@spare 1",
		"a try-restart smalti-web 2",
	}
	f.release(true, forward, "-programs", next, "a", "b")
	f.runs("new", "a", "b")
	f.release(true, nil, "-programs", next, "a", "b")
	f.runs("new", "a", "b")

	f.release(true, forward, "-rollback", "-sudo", "a", "b") // in the same order: newer web servers write what former workers read
	f.runs("former", "a", "b")
	f.release(true, nil, "-rollback", "a", "b")
	f.runs("former", "a", "b")
}

func TestReleaseStopsAtTheFirstFailure(t *testing.T) {
	f := newFleet(t, map[string][]string{
		"a": {"smalti-worker@1", "smalti-worker@2"},
		"b": {"smalti-web", "smalti-worker@1"},
	})
	said := f.release(false, []string{"a try-restart smalti-worker@1 1"}, "-programs", f.programs("broken"), "a", "b")
	if !strings.Contains(said, "stopped at the worker of a") || !strings.Contains(said, "-rollback a b") {
		t.Errorf("it said\n%s", said)
	}
	if pidOf(filepath.Join(f.hosts, "a"), "smalti-worker@2.service") == 0 {
		t.Error("the other worker was stopped")
	}
	f.must(f.command("rsh", "b", "rm", "bin/smalti-worker.new", "bin/smalti-web.new").Run())
	f.runs("former", "b")
	// What broke is not there to be restarted, but the other one goes on, and systemd tries again.
	f.release(true, nil, "-rollback", "a", "b")
	f.runs("former", "a", "b")

	// One that is alone is not touched before its help is ready.
	said = f.release(false, []string{"b start smalti-worker@spare 1"}, "-programs", f.programs("broken"), "b")
	if pidOf(filepath.Join(f.hosts, "b"), "smalti-worker@1.service") == 0 || !strings.Contains(said, "spare worker") {
		t.Errorf("the only worker was stopped, or it is not said why:\n%s", said)
	}
	f.release(true, nil, "-rollback", "b")
	f.runs("former", "a", "b")

	// A web front end that starts but cannot reach what it needs.
	said = f.release(false, []string{
		"a start smalti-worker@spare 1", "a try-restart smalti-worker@2 1", "a stop smalti-worker@spare 1",
		"b start smalti-worker@spare 1", "b try-restart smalti-worker@1 1", "b stop smalti-worker@spare 1",
		"b try-restart smalti-web 1",
	}, "-programs", f.programs("ill"), "a", "b")
	if !strings.Contains(said, "stopped at the web of b") {
		t.Errorf("it said\n%s", said)
	}
}

func TestReleaseLooksBeforeItTouches(t *testing.T) {
	f := newFleet(t, map[string][]string{"a": {"smalti-worker@1"}, "b": {"smalti-web"}, "empty": nil})
	next := f.programs("new")
	for _, c := range []struct {
		name, says string
		env        string
		args       []string
	}{
		{"no host", "no hosts given", "", []string{"-programs", next}},
		{"an unknown flag", "-back", "", []string{"-back", "a"}},
		{"an unreachable host", "away cannot be reached", "", []string{"-programs", next, "a", "away"}},
		{"a host without Smalti", "not installed on empty", "", []string{"-programs", next, "a", "empty"}},
		{"a program for another machine", "does not run on this host", "", []string{"-programs", f.programs("foreign"), "a", "b"}},
		{"a truncated copy", "arrived damaged", "FAKE_CUT=1", []string{"-programs", next, "a", "b"}},
		{"nothing to go back to", "to go back to", "", []string{"-rollback", "a", "b"}},
	} {
		env := f.env
		f.env = append(slices.Clip(env), c.env)
		if said := f.release(false, nil, c.args...); !strings.Contains(said, c.says) {
			t.Errorf("%s: it said\n%s", c.name, said)
		}
		f.env = env
		for _, host := range []string{"a", "b"} {
			f.must(f.command("rsh", host, "rm", "-f", "bin/smalti-worker.new", "bin/smalti-web.new").Run())
		}
		f.runs("former", "a", "b")
	}
}
