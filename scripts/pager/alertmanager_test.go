package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"smalti/pkg/config"
	"smalti/pkg/process"
	"smalti/pkg/testenv"
)

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// output is what a program says while it runs.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (o *output) Write(b []byte) (int, error) { o.mu.Lock(); defer o.mu.Unlock(); return o.b.Write(b) }
func (o *output) String() string              { o.mu.Lock(); defer o.mu.Unlock(); return o.b.String() }

// startPager runs the program, and returns where it takes alerts.
func startPager(t *testing.T, args ...string) string {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	var said output
	ended := make(chan int, 1)
	go func() {
		ended <- program.Run(ctx, append([]string{"-listen", "127.0.0.1:0"}, args...), os.Getenv, &said, &said)
	}()
	t.Cleanup(func() {
		stop()
		if code := <-ended; code != 0 {
			t.Errorf("exit code %d: %s", code, said.String())
		}
	})
	testenv.WaitFor(t, "the pager to listen", func() bool { return strings.Contains(said.String(), "/alerts") })
	_, rest, _ := strings.Cut(said.String(), "alerts at ")
	url, _, _ := strings.Cut(rest, " ")
	return url
}

// An alert that is posted to the real Alertmanager, with the configuration that is recommended, arrives
// at a phone; so does that it is over.
func TestFromAlertmanagerToThePhone(t *testing.T) {
	testenv.SkipSlow(t)
	program, amtool := testenv.Program(t, "prometheus-alertmanager"), testenv.Program(t, "amtool")
	s := newStub(t)
	secret := write(t, "the pager's token\n")
	url := startPager(t, "-token-file", secret, "-phones-file", write(t, "+491\n+492\n"), "-command", strings.Join(s.command, " "))

	text, err := os.ReadFile("../prometheus/alertmanager.yml")
	if err != nil {
		t.Fatal(err)
	}
	// Sooner than in earnest, so that a test need not wait.
	conf := write(t, strings.NewReplacer("http://127.0.0.1:9095/alerts", url, "/etc/smalti/pager", secret,
		"group_wait: 10s", "group_wait: 0s", "group_interval: 5m", "group_interval: 1s").Replace(string(text)))
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	l.Close()
	var said output
	alertmanager, err := process.Start(exec.Command(program, "--config.file="+conf, "--storage.path="+t.TempDir(), "--web.listen-address="+addr, "--cluster.listen-address="), &said)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		alertmanager.Kill()
		if t.Failed() {
			t.Logf("alertmanager:\n%s", &said)
		}
	})
	at := "http://" + addr
	if err := alertmanager.Await(time.Minute, func() error {
		res, err := http.Get(at + "/-/ready")
		if err != nil {
			return err
		}
		res.Body.Close()
		if res.StatusCode != http.StatusOK {
			return errors.New(res.Status)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	add := func(args ...string) {
		args = append([]string{"--alertmanager.url=" + at, "alert", "add", "SmaltiNoWorkers", "severity=page", "--annotation=summary=No worker is alive."}, args...)
		if out, err := exec.Command(amtool, args...).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	begun := time.Now().Add(-time.Minute)
	add("--start=" + begun.Format(time.RFC3339))
	for _, phone := range []string{"+491", "+492"} {
		testenv.WaitFor(t, "the alert at "+phone, func() bool { return s.got(t, phone)[0] != "" })
		s.want(t, phone, "Smalti: No worker is alive.")
	}
	add("--start="+begun.Format(time.RFC3339), "--end="+time.Now().Add(-time.Second).Format(time.RFC3339))
	for _, phone := range []string{"+491", "+492"} {
		testenv.WaitFor(t, "its end at "+phone, func() bool { return len(s.got(t, phone)) == 2 })
		s.want(t, phone, "Smalti: No worker is alive.", "Smalti, over: No worker is alive.")
	}
}

// Every alert that there is goes to who is to be told.
func TestRoutes(t *testing.T) {
	amtool := testenv.Program(t, "amtool")
	const conf = "../prometheus/alertmanager.yml"
	if out, err := exec.Command(amtool, "check-config", conf).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	for severity, receiver := range map[string]string{"page": "page", "ticket": "ticket", "unheard-of": "page"} {
		args := []string{"config", "routes", "test", "--config.file=" + conf, "--verify.receivers=" + receiver, "severity=" + severity}
		if out, err := exec.Command(amtool, args...).CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", severity, err, out)
		}
	}
}

func TestPagerAsksForItsToken(t *testing.T) {
	s := newStub(t)
	url := startPager(t, "-token-file", write(t, "the pager's token"), "-phones-file", write(t, "+491"), "-command", strings.Join(s.command, " "))
	for token, want := range map[string]int{"": http.StatusUnauthorized, "wrong": http.StatusUnauthorized, "the pager's token": http.StatusOK} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(group("firing", "A")))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+token)
		res, err := http.DefaultTransport.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != want {
			t.Errorf("token %q: %d, want %d", token, res.StatusCode, want)
		}
	}
	s.want(t, "+491", "Smalti: A is wrong.")
}

func TestWrongSettings(t *testing.T) {
	good := []string{"-phones-file", write(t, "+491"), "-command", "true {phone}"}
	for name, args := range map[string][]string{
		"open to others": {"-listen", ":9095"},
		"no phone":       {"-phones-file", write(t, "# nobody")},
		"no {phone}":     {"-command", "true"},
		"no messages":    {"-most", "0"},
	} {
		var said strings.Builder
		code := program.Run(t.Context(), append(good, args...), os.Getenv, io.Discard, &said)
		if code != config.ExitCode || !strings.Contains(said.String(), args[0]) {
			t.Errorf("%s: exit code %d, %s", name, code, &said)
		}
	}
}
