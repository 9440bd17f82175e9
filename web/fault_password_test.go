package main

import (
	"errors"
	"fmt"
	"strings"
	"syscall"
	"testing"

	"smalti/pkg/testenv"
)

// A worker with a wrong password waits, says so in its log and its metrics, and makes what waits once it
// is let in.
func TestWrongPasswords(t *testing.T) {
	testenv.SkipSlow(t)
	t.Parallel()
	p := newPlant(t)
	p.startWeb(p.redis.Addr, "-admin", "127.0.0.1:0")
	id := accept(t, p.base, small)
	redisSecret, other := writeSecret(t, "not yet known to Redis"), writeSecret(t, "not yet known to the store")
	worker := startWorker(t, "-redis", "redis://"+p.redis.Addr, "-redis-password-file", redisSecret, "-admin", "127.0.0.1:0",
		"-store", "ftp://smalti@"+p.ftp+"/", "-store-password-file", other)

	elsewhere, _ := startWeb(t, "-data", t.TempDir(), "-redis", "redis://"+p.redis.Addr, "-redis-password-file", p.redisSecret,
		"-store", "ftp://smalti@"+p.ftp+"/", "-store-password-file", other, "-admin", "127.0.0.1:0")
	metric(t, elsewhere, `smalti_outage{kind="store_password"} 1`)
	metric(t, worker, `smalti_outage{kind="redis_password"} 1`)
	once(t, worker, `msg="Redis refuses the password" outage=redis_password do="compare -redis-password-file`)
	if err := p.client.Do(t.Context(), "ACL", "SETUSER", "default", ">not yet known to Redis").Err(); err != nil {
		t.Fatal(err)
	}
	metric(t, worker, `smalti_outage{kind="redis_password"} 0`)

	metric(t, worker, `smalti_outage{kind="store_password"} 1`)
	once(t, worker, `msg="the store refuses the user or the password" outage=store_password do="compare -store and -store-password-file`)
	metric(t, p.web, `smalti_outage{kind="redis_password"} 0`)
	testenv.WaitFor(t, "the store to count it", func() bool {
		return !strings.Contains(metricsOf(t, p.web), `smalti_store_refused_total{reason="password"} 0`)
	})
	once(t, p.web, `msg="wrong user or password for the store"`)
	p.web.kill()
	p.storePassword = other
	p.startWeb(p.redis.Addr)
	p.done(id, 1)
	metric(t, worker, `smalti_outage{kind="store_password"} 0`)
	metric(t, elsewhere, `smalti_outage{kind="store_password"} 0`)
	for _, secret := range []string{"not yet known", p.redis.Password} {
		if strings.Contains(worker.out.String()+p.web.out.String(), secret) {
			t.Errorf("a password is in the log:\n%s", worker.out)
		}
	}
}

// The password of Redis is changed under a web server: what it accepts meanwhile is made afterwards.
func TestRedisChangesItsPassword(t *testing.T) {
	testenv.SkipSlow(t)
	t.Parallel()
	p := newPlant(t)
	p.startWeb(p.redis.Addr, "-admin", "127.0.0.1:0")
	p.helper()
	p.done(accept(t, p.base, small), 1)
	set := func(password string) {
		if err := p.client.ConfigSet(t.Context(), "requirepass", password).Err(); err != nil {
			t.Fatal(err)
		}
		// Whoever is in stays in, until the connection breaks.
		p.client.Do(t.Context(), "CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
	}
	set("another one")
	metric(t, p.web, `smalti_outage{kind="redis_password"} 1`)
	once(t, p.web, `msg="Redis refuses the password"`)
	id := accept(t, p.base, small)
	set(p.redis.Password)
	p.done(id, 1)
	metric(t, p.web, `smalti_outage{kind="redis_password"} 0`)
}

// The second of two workers with one name ends for good, and takes its metrics with it: the web servers
// show it.
func TestTakenNameIsSeen(t *testing.T) {
	testenv.SkipSlow(t)
	t.Parallel()
	p := newPlant(t)
	p.startWeb(p.redis.Addr, "-admin", "127.0.0.1:0")
	metric(t, p.web, `smalti_workers_stopped_total{cause="name_taken"} 0`)
	first := p.helper("-name", "twin")
	testenv.WaitFor(t, "the first worker", func() bool { return strings.Contains(first.out.String(), "worker ready") })
	second := p.helper("-name", "twin")
	if code := second.Wait(); code != 78 {
		t.Errorf("the second one ends with %d:\n%s", code, second.out)
	}
	once(t, second, `msg="name in use by a live worker; stopping" worker=twin do=`)
	metric(t, p.web, `smalti_workers_stopped_total{cause="name_taken"} 1`)
	p.done(accept(t, p.base, small), 1)
	first.Signal(syscall.SIGTERM)
}

// once expects a program to say something exactly once.
func once(t *testing.T, p *program, what string) {
	t.Helper()
	testenv.WaitFor(t, fmt.Sprintf("the line %q", what), func() bool { return strings.Contains(p.out.String(), what) })
	if n := strings.Count(p.out.String(), what); n != 1 {
		t.Errorf("%d times in the log: %s", n, what)
	}
}

// said waits until a program has said something of a job.
func said(t *testing.T, p *program, what, id string) {
	t.Helper()
	testenv.WaitFor(t, fmt.Sprintf("%q of %s", what, id), func() bool { return count(p, what, id) > 0 })
}

// announced is the URL of a front end's pages.
func announced(t *testing.T, p *program) string {
	t.Helper()
	const announces = "Smalti is at "
	p.await(t, func() error {
		if !strings.Contains(p.out.String(), announces) {
			return errors.New("it does not say where it is")
		}
		return nil
	})
	_, rest, _ := strings.Cut(p.out.String(), announces)
	base, _, _ := strings.Cut(rest, "\n")
	return base
}

// metric waits until a program's admin listener shows a line.
func metric(t *testing.T, p *program, line string) {
	t.Helper()
	var text string
	testenv.WaitFor(t, "the metric "+line, func() bool {
		text = metricsOf(t, p)
		return strings.Contains(text, line+"\n")
	})
}

func metricsOf(t *testing.T, p *program) string {
	t.Helper()
	const listens = `msg="admin listener" addr=`
	var at string
	testenv.WaitFor(t, "the admin listener", func() bool {
		_, rest, ok := strings.Cut(p.out.String(), listens)
		at, _, _ = strings.Cut(rest, "\n")
		return ok && strings.Contains(rest, "\n")
	})
	_, text, _ := get(t, "http://"+at+"/metrics")
	return string(text)
}
