package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image/png"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"smalti/pkg/faultproxy"
	"smalti/pkg/job"
	"smalti/pkg/portrait"
	"smalti/pkg/redisconn/redistest"
	"smalti/pkg/testenv"
)

// plant is a whole Smalti of processes: a Redis, a front end with its own store, and as many workers as
// the test starts, each of which may go through proxies.
type plant struct {
	t             *testing.T
	redis         *redistest.Server
	client        *redis.Client
	web           *program
	base          string // of the front end
	data          string // its directory
	ftp           string // host:port of its store
	redisSecret   string
	storePassword string
}

// lease is what the workers of these tests have, so that nobody waits long for the next attempt.
const lease = 2 * time.Second

func newPlant(t *testing.T, conf ...string) *plant {
	t.Helper()
	p := &plant{t: t, redis: redistest.Start(t, conf...), data: t.TempDir()}
	p.client = redisClient(t, p.redis)
	p.redisSecret, p.storePassword = writeSecret(t, p.redis.Password), writeSecret(t, "a password of tests")
	return p
}

// startWeb starts the front end, or starts it again with the same data at the same addresses; redisAddr
// may be that of a proxy.
func (p *plant) startWeb(redisAddr string, more ...string) {
	p.t.Helper()
	ftp := p.ftp
	if ftp == "" {
		ftp = "127.0.0.1:0"
	}
	p.web, p.base = startWeb(p.t, append([]string{
		"-data", p.data, "-redis", "redis://" + redisAddr, "-redis-password-file", p.redisSecret,
		"-store-listen", ftp, "-store-password-file", p.storePassword,
	}, more...)...)
	_, at, _ := strings.Cut(p.web.out.String(), "<this host>:")
	port, _, _ := strings.Cut(at, "/")
	p.ftp = net.JoinHostPort("127.0.0.1", port)
}

// startWorker starts a clone; each address may be that of a proxy.
func (p *plant) startWorker(redisAddr, ftpAddr string, more ...string) *program {
	p.t.Helper()
	return startWorker(p.t, append([]string{
		"-redis", "redis://" + redisAddr, "-redis-password-file", p.redisSecret, "-lease", lease.String(),
		"-store", "ftp://smalti@" + ftpAddr + "/", "-store-password-file", p.storePassword, "-allow-private",
	}, more...)...)
}

// helper starts a clone that has no proxies.
func (p *plant) helper(more ...string) *program {
	p.t.Helper()
	return p.startWorker(p.redis.Addr, p.ftp, more...)
}

// startBehindProxies starts a clone behind proxies, whose faults are set before it runs.
func (p *plant) startBehindProxies(set func(redis, ftp *faultproxy.Proxy, me *victim)) *victim {
	p.t.Helper()
	r, f := faultproxy.Start(p.t, p.redis.Addr), faultproxy.StartFTP(p.t, p.ftp)
	v := &victim{struck: make(chan struct{})}
	set(r, f, v)
	v.program = p.startWorker(r.Addr, f.Addr)
	pid := int64(v.PID())
	v.pid.Store(pid)
	return v
}

// victim is a process that something happens to, once.
type victim struct {
	*program
	pid    atomic.Int64
	struck chan struct{}
}

// strike sends a signal at once, and tells the test. A process that is to stop has stopped then, with
// all of its threads.
func (v *victim) strike(s syscall.Signal) {
	for v.pid.Load() == 0 {
		time.Sleep(time.Millisecond)
	}
	pid := int(v.pid.Load())
	syscall.Kill(pid, s)
	if s == syscall.SIGSTOP {
		for {
			if _, err := syscall.Wait4(pid, nil, syscall.WUNTRACED, nil); err != syscall.EINTR {
				break
			}
		}
	}
	close(v.struck)
}

// die is for a proxy's trigger: SIGKILL, and nothing is passed on.
func (v *victim) die() bool { v.strike(syscall.SIGKILL); return false }

func (v *victim) wait(t *testing.T) {
	t.Helper()
	select {
	case <-v.struck:
	case <-time.After(time.Minute):
		t.Fatalf("it never came to that; the worker says:\n%s", v.out)
	}
}

// done expects a mosaic to be finished and shown: whole, and by that many attempts as the queue counts
// them.
func (p *plant) done(id string, attempts int) {
	p.t.Helper()
	expectDone(p.t, p.base, id, soon)
	var end job.Status
	if err := json.Unmarshal([]byte(p.outcome(id)), &end); err != nil || end.State != job.Done || end.Attempt != attempts {
		p.t.Errorf("it took %d attempts and is %s, %v; want done by %d", end.Attempt, end.State, err, attempts)
	}
	for _, name := range []string{"poster.jpg", "preview.jpg", "plan.json"} {
		if code, b, _ := get(p.t, p.base+"/files/"+id+"/"+name); code != http.StatusOK || len(b) == 0 {
			p.t.Errorf("%s: %d with %d bytes", name, code, len(b))
		}
	}
	if _, err := p.client.ZScore(p.t.Context(), "{smalti}:open", id).Result(); !errors.Is(err, redis.Nil) {
		p.t.Errorf("the job is still open, %v", err)
	}
	if dead := p.client.HGetAll(p.t.Context(), "{smalti}:dead").Val(); len(dead) != 0 {
		p.t.Errorf("on the dead list: %v", dead)
	}
}

// outcome waits for a completion key. The page may be there before it, since the store is asked, too.
func (p *plant) outcome(id string) (text string) {
	p.t.Helper()
	testenv.WaitFor(p.t, "the completion key", func() bool {
		text = p.client.Get(context.Background(), "{smalti}:done:"+id).Val()
		return text != ""
	})
	return text
}

// count is how often a program said something about a job.
func count(p *program, says, id string) int {
	n := 0
	for line := range strings.Lines(p.out.String()) {
		if strings.Contains(line, says) && strings.Contains(line, id) {
			n++
		}
	}
	return n
}

// photoHost serves demo portraits; before each, it calls asked.
func photoHost(t *testing.T, asked func(path string)) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked(r.URL.Path)
		png.Encode(w, portrait.Draw(len(r.URL.Path), 64))
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// from asks for a mosaic of photos on a host.
func from(host string, options string) string {
	var list []job.Friend
	for i := range 4 {
		list = append(list, job.Friend{ID: fmt.Sprint(i), Name: fmt.Sprint("Friend ", i), Photo: fmt.Sprintf("%s/%0*d.png", host, i+1, 1)})
	}
	friends, _ := json.Marshal(list)
	return fmt.Sprintf(`{"source":"list","target":"demo:17","friends":%s,"options":%s}`, friends, options)
}
