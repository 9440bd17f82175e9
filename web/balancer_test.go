package main

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"smalti/pkg/ftptest"
	"smalti/pkg/process"
	"smalti/pkg/redisconn/redistest"
	"smalti/pkg/testenv"
)

func freeAddr(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// pair is two web servers without anything of their own in common. both is what a worker needs to
// know to work for them; there is none yet.
func pair(t *testing.T) (webs [2]*program, addrs [2]string, both []string) {
	t.Helper()
	redisServer, ftp := redistest.Start(t), ftptest.Vsftpd(t)
	both = []string{
		"-redis", redisServer.URL(), "-redis-password-file", writeSecret(t, redisServer.Password),
		"-store", ftp.URL, "-store-password-file", writeSecret(t, ftp.Password),
	}
	for i := range webs {
		var base string
		webs[i], base = startWeb(t, append([]string{"-data", t.TempDir()}, both...)...)
		addrs[i] = strings.Replace(strings.TrimPrefix(base, "http://"), "localhost", "127.0.0.1", 1)
	}
	return webs, addrs, both
}

func startHAProxy(t *testing.T, webs [2]string) (base string) {
	t.Helper()
	addr := freeAddr(t)
	p := startProgram(t, testenv.Program(t, "haproxy"),
		[]string{"SMALTI_BIND=" + addr, "SMALTI_WEB1=" + webs[0], "SMALTI_WEB2=" + webs[1]},
		"-db", "-f", "../scripts/haproxy.cfg")
	p.await(t, process.Listens(addr))
	return "http://" + addr
}

func startNginx(t *testing.T, webs [2]string) (base string) {
	t.Helper()
	program := testenv.Program(t, "nginx")
	site, err := os.ReadFile("../scripts/nginx.conf")
	if err != nil {
		t.Fatal(err)
	}
	dir, addr := t.TempDir(), freeAddr(t)
	if err := os.Chmod(dir, 0o777); err != nil { // workers may be somebody else
		t.Fatal(err)
	}
	text := strings.NewReplacer(
		"127.0.0.1:8081", webs[0], "127.0.0.1:8082", webs[1], "listen 8080", "listen "+addr, "/var/cache/nginx", dir,
	).Replace(string(site))
	conf := filepath.Join(dir, "nginx.conf")
	main := fmt.Sprintf("daemon off; master_process off; pid %s/pid; error_log stderr notice; events {}\nhttp { access_log off;\n", dir)
	if os.Getuid() == 0 {
		main = "user root;\n" + main // a test's directory is closed to everybody else
	}
	for _, kind := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		main += fmt.Sprintf("%s_temp_path %s/%s;\n", kind, dir, kind)
	}
	if err := os.WriteFile(conf, []byte(main+text+"}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	p := startProgram(t, program, nil, "-p", dir, "-e", "stderr", "-c", conf)
	p.await(t, process.Listens(addr))
	return "http://" + addr
}

// answers reports whether something answers at an address at all.
func answers(url string) bool {
	res, err := http.Get(url)
	if err != nil {
		return false
	}
	res.Body.Close()
	return res.StatusCode == http.StatusOK
}

// A web server dies while a page polls: neither the page nor whoever asks next notices.
func TestOneOfTwoWebServersDies(t *testing.T) {
	testenv.SkipSlow(t)
	for name, start := range map[string]func(*testing.T, [2]string) string{"haproxy": startHAProxy, "nginx": startNginx} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			webs, addrs, both := pair(t)
			startWorker(t, both...)
			base := start(t, addrs)
			testenv.WaitFor(t, name+" to answer", func() bool { return answers(base + "/readyz") })
			id := accept(t, base, small)

			var polling sync.WaitGroup
			var half sync.WaitGroup
			half.Add(4)
			for range 4 {
				polling.Go(func() {
					for i := range 100 {
						if code, v, _ := do(t, "GET", base+"/api/v1/mosaics/"+id, "", nil); code != http.StatusOK {
							t.Errorf("poll %d: %d %v", i, code, v)
						}
						if i == 50 {
							half.Done()
						}
					}
				})
			}
			half.Wait()
			webs[0].kill()
			polling.Wait()
			expectDone(t, base, id, time.Minute)
			next := accept(t, base, small)
			expectDone(t, base, next, time.Minute)
			// The page's files come from the server that is left.
			for _, name := range []string{"preview.jpg", "plan.json"} {
				if code, data, _ := get(t, base+"/files/"+id+"/"+name); code != http.StatusOK || len(data) == 0 {
					t.Errorf("%s: %d with %d bytes", name, code, len(data))
				}
			}
			if name == "nginx" {
				testSecondReader(t, base, next, webs[1])
			}
		})
	}
}

// testSecondReader reads a file, ends the last web server, and reads it again.
func testSecondReader(t *testing.T, base, id string, last *program) {
	url := base + "/files/" + id + "/poster.jpg"
	code, first, h := get(t, url)
	if code != http.StatusOK || h.Get("X-Cache") != "MISS" {
		t.Fatalf("first reader: %d, cache %s", code, h.Get("X-Cache"))
	}
	last.kill()
	code, second, h := get(t, url)
	if code != http.StatusOK || h.Get("X-Cache") != "HIT" || string(first) != string(second) {
		t.Errorf("second reader: %d, cache %s, %d bytes of %d", code, h.Get("X-Cache"), len(second), len(first))
	}
}
