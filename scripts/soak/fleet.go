//go:build linux

package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"
)

// fleet is a whole Smalti of real processes, with a proxy before whatever somebody connects to.
type fleet struct {
	dir     string
	redis   *member
	webs    []*member
	workers []*member
	others  []*member // a store of its own

	redisProxy *proxy
	httpProxy  []*proxy // one for each web server
	ftpProxy   []*proxy // control, and each passive port

	crashes atomic.Int64 // processes that ended although nobody killed them
}

// size of a fleet.
type size struct {
	workers, webs int
	vsftpd        bool // as the store, instead of the web server's own
}

// dataPorts is how many data connections there can be at once.
const dataPorts = 64

// build builds the two programs.
func build(ctx context.Context, dir string) error {
	cmd := exec.CommandContext(ctx, "go", "build", "-o", dir+string(filepath.Separator), "smalti/web", "smalti/worker")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("building: %w\n%s", err, out)
	}
	return nil
}

// startFleet starts everything below dir. watch gets the output of each worker.
func startFleet(dir string, s size, watch func(worker string) io.Writer) (f *fleet, err error) {
	f = &fleet{dir: dir}
	defer func() {
		if err != nil {
			f.stop()
		}
	}()
	port, err := freePorts(dataPorts + 2 + s.webs)
	if err != nil {
		return f, err
	}
	redisPort, ftpPort, firstData, firstWeb := port, port+1, port+2, port+2+dataPorts
	for _, d := range []string{"redis", "store", "secrets", "logs"} {
		if err := os.Mkdir(filepath.Join(dir, d), 0o700); err != nil {
			return f, err
		}
	}
	redisPassword, err := f.secret("redis")
	if err != nil {
		return f, err
	}
	storePassword, err := f.secret("store")
	if err != nil {
		return f, err
	}

	f.redis = &member{
		name: "redis", path: "redis-server", args: []string{"-"}, addr: at(serverIP, redisPort), out: f.log("redis"),
		stdin: redisConf(redisPort, filepath.Join(dir, "redis"), redisPassword),
	}
	if f.redisProxy, err = listenProxy(at(proxyIP, redisPort), f.redis.addr); err != nil {
		return f, err
	}
	for p := ftpPort; p < firstData+dataPorts; p++ {
		proxy, err := listenProxy(at(proxyIP, p), at(serverIP, p))
		if err != nil {
			return f, err
		}
		f.ftpProxy = append(f.ftpProxy, proxy)
	}
	redisArgs := []string{"-redis", "redis://" + f.redisProxy.addr(), "-redis-password-file", f.secretPath("redis")}
	storeUser := "smalti"
	if s.vsftpd {
		storeUser = "anonymous"
		m, err := f.vsftpd(ftpPort, firstData, storePassword)
		if err != nil {
			return f, err
		}
		f.others = append(f.others, m)
	}
	storeArgs := []string{
		"-store", fmt.Sprintf("ftp://%s@%s/", storeUser, f.ftpProxy[0].addr()), "-store-password-file", f.secretPath("store"),
	}
	for i := range s.webs {
		name := fmt.Sprintf("web%d", i+1)
		m := &member{name: name, path: filepath.Join(dir, "web"), addr: at(serverIP, firstWeb+i), out: f.log(name)}
		m.args = append([]string{"-listen", m.addr, "-data", filepath.Join(dir, name+"-data")}, redisArgs...)
		m.args = append(m.args, "-limit-mosaics", "off", "-limit-uploads", "off", "-quota-client", "off") // all browsers are one client
		if s.vsftpd {
			m.args = append(m.args, storeArgs...)
		} else {
			m.args = append(m.args, "-store-listen", at(serverIP, ftpPort), "-store-password-file", f.secretPath("store"),
				"-store-passive-ports", fmt.Sprintf("%d-%d", firstData, firstData+dataPorts-1))
		}
		f.webs = append(f.webs, m)
		p, err := listenProxy(at(proxyIP, firstWeb+i), m.addr)
		if err != nil {
			return f, err
		}
		f.httpProxy = append(f.httpProxy, p)
	}
	for i := range s.workers {
		name := fmt.Sprintf("worker%02d", i+1)
		f.workers = append(f.workers, &member{
			name: name, path: filepath.Join(dir, "worker"), out: io.MultiWriter(f.log(name), watch(name)),
			args: append(append([]string{"-name", name, "-allow-private"}, redisArgs...), storeArgs...),
		})
	}
	for _, m := range f.all() {
		if err := m.start(); err != nil {
			return f, err
		}
	}
	return f, nil
}

func (f *fleet) all() []*member {
	all := append([]*member{f.redis}, f.others...)
	return append(append(all, f.webs...), f.workers...)
}

// bases are the addresses at which a browser finds the pages.
func (f *fleet) bases() (urls []string) {
	for _, p := range f.httpProxy {
		urls = append(urls, "http://"+p.addr())
	}
	return urls
}

// supervise starts again, as systemd would, what ended by itself.
func (f *fleet) supervise(ctx context.Context) {
	for ctx.Err() == nil {
		for _, m := range f.all() {
			if m.died() {
				f.crashes.Add(1)
				m.start() // what went wrong is in its log; it is tried again in a moment
			}
		}
		select {
		case <-ctx.Done():
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// stop ends all processes and proxies.
func (f *fleet) stop() {
	var all sync.WaitGroup
	for _, m := range f.all() {
		if m != nil {
			all.Go(m.retire)
		}
	}
	all.Wait()
	for _, p := range append(append([]*proxy{f.redisProxy}, f.httpProxy...), f.ftpProxy...) {
		if p != nil {
			p.close()
		}
	}
}

// cpu is what the members of the stopped fleet used, each kind by itself.
func (f *fleet) cpu() (redis, web, workers, others time.Duration) {
	sum := func(members []*member) (d time.Duration) {
		for _, m := range members {
			d += m.cpu
		}
		return d
	}
	return f.redis.cpu, sum(f.webs), sum(f.workers), sum(f.others)
}

func (f *fleet) secretPath(name string) string { return filepath.Join(f.dir, "secrets", name) }

func (f *fleet) secret(name string) (string, error) {
	s := rand.Text()
	return s, os.WriteFile(f.secretPath(name), []byte(s+"\n"), 0o600)
}

func (f *fleet) logPath(name string) string { return filepath.Join(f.dir, "logs", name) }

// log opens a file for a member's output, over all of its lives.
func (f *fleet) log(name string) io.Writer {
	file, err := os.OpenFile(f.logPath(name), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return io.Discard
	}
	return file
}

// redisConf is what a Redis needs to keep what it acknowledged.
func redisConf(port int, dir, password string) string {
	return fmt.Sprintf(`bind %s
port %d
dir %s
requirepass %s
appendonly yes
appendfsync always
no-appendfsync-on-rewrite no
save ""
maxmemory-policy noeviction
tcp-keepalive 60
`, serverIP, port, dir, password)
}
