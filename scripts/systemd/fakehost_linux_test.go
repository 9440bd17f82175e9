package systemd

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A fake host is a directory: its programs in bin, and in units a file for each unit that runs, with
// the id of its process. This test binary is everything else, by the name that it is called by.
func TestMain(m *testing.M) {
	switch name := filepath.Base(os.Args[0]); {
	case name == "rsh":
		rsh(os.Args[1], os.Args[2:])
	case name == "sudo":
		run(os.Args[1], os.Args[2:])
	case name == "systemctl":
		systemctl(os.Args[1], os.Args[2:])
	case name == "journalctl", name == "sleep":
	case strings.HasPrefix(name, "smalti-"):
		program(os.Args[1:])
	default:
		os.Exit(m.Run())
	}
}

// versionMark stands before the version at the end of a program.
const versionMark = "\nversion "

func versionOf(path string) string {
	b, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	return string(b[bytes.LastIndex(b, []byte(versionMark))+len(versionMark):])
}

// rsh carries a command out on a fake host, as ssh does.
func rsh(host string, command []string) {
	fail(os.Chdir(filepath.Join(os.Getenv("FAKE_HOSTS"), host)))
	if command[0] == "tee" && os.Getenv("FAKE_CUT") != "" {
		fail(exec.Command("sh", "-c", "head -c 1000 >"+command[1]).Run())
		return
	}
	run(command[0], command[1:])
}

func run(name string, args []string) {
	path, err := exec.LookPath(name)
	fail(err)
	fail(syscall.Exec(path, append([]string{name}, args...), os.Environ()))
}

// program is a worker or a web front end; its version says what is wrong with it.
func program(args []string) {
	version := versionOf("/proc/self/exe")
	if len(args) > 0 {
		if version == "foreign" || args[0] == "health" && version == "ill" {
			os.Exit(1)
		}
		return
	}
	if version == "broken" {
		os.Exit(1)
	}
	term := make(chan os.Signal, 1)
	signal.Notify(term, syscall.SIGTERM)
	fmt.Println("ready")
	for {
		select {
		case <-term:
			return
		case <-time.After(100 * time.Millisecond):
		}
		if _, err := os.Stat("units"); err != nil { // the test is over
			return
		}
	}
}

func systemctl(verb string, args []string) {
	unit := args[len(args)-1]
	switch verb {
	case "list-units":
		if strings.Contains(strings.Join(args, " "), "active") {
			for _, u := range active() {
				if strings.HasPrefix(u, "smalti-worker@") {
					fmt.Println(u, "loaded active running a worker")
				}
			}
		}
	case "is-active":
		if pidOf(".", unit) == 0 {
			os.Exit(3)
		}
	case "show":
		switch args[1] {
		case "MainPID":
			fmt.Println(pidOf(".", unit))
		case "ActiveState":
			fmt.Println(map[bool]string{true: "active", false: "failed"}[pidOf(".", unit) != 0])
		case "Listen":
			fmt.Println("127.0.0.1:8080 (Stream)")
		}
	case "start", "stop", "try-restart":
		was := pidOf(".", unit) != 0
		if verb == "stop" && !was {
			return
		}
		note(verb, unit)
		stop(unit)
		if verb == "start" || verb == "try-restart" && was {
			fail(start(unit))
		}
	default:
		fail(fmt.Errorf("there is no verb %s", verb))
	}
}

// note writes down what was done, and how many other workers are at work on this host.
func note(verb, unit string) {
	others := 0
	for _, u := range active() {
		if strings.HasPrefix(u, "smalti-worker@") && u != unit {
			others++
		}
	}
	dir, err := os.Getwd()
	fail(err)
	log, err := os.OpenFile("../log", os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	fail(err)
	defer log.Close()
	fmt.Fprintf(log, "%s %s %s %d\n", filepath.Base(dir), verb, strings.TrimSuffix(unit, ".service"), others)
}

func active() (units []string) {
	files, err := os.ReadDir("units")
	fail(err)
	for _, f := range files {
		if pidOf(".", f.Name()) != 0 {
			units = append(units, f.Name())
		}
	}
	slices.Sort(units)
	return units
}

// pidOf is 0 for a unit that does not run.
func pidOf(host, unit string) int {
	text, err := os.ReadFile(filepath.Join(host, "units", unit))
	if err != nil {
		return 0
	}
	pid, err := strconv.Atoi(string(text))
	fail(err)
	if _, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid)); err != nil {
		return 0
	}
	return pid
}

func stop(unit string) {
	for pid := pidOf(".", unit); pid != 0 && pidOf(".", unit) == pid; time.Sleep(5 * time.Millisecond) {
		syscall.Kill(pid, syscall.SIGTERM)
	}
}

// start returns when the unit's process is ready.
func start(unit string) error {
	name, _, _ := strings.Cut(strings.TrimSuffix(unit, ".service"), "@")
	syscall.CloseOnExec(9) // roll's lock: no child of systemctl is a service
	cmd := exec.Command("bin/" + name)
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		return err
	}
	if _, err := io.ReadFull(out, make([]byte, len("ready"))); err != nil {
		return fmt.Errorf("%s did not start: %w", unit, err)
	}
	return os.WriteFile(filepath.Join("units", unit), []byte(strconv.Itoa(cmd.Process.Pid)), 0o644)
}

func fail(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, filepath.Base(os.Args[0]), err)
		os.Exit(1)
	}
}
