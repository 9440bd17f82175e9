//go:build linux

// Package harness runs a whole Smalti of real processes on this machine: Redis, web servers, a store and
// workers, and a host that serves photos. Its processes can be killed, restarted and measured, and its
// clients request mosaics as browsers do. Everything ends with the program that uses it. It is for the
// programs below scripts.
package harness

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"smalti/pkg/faultproxy"
	"smalti/pkg/pause"
)

// Store says where the store is.
type Store int

// The stores.
const (
	StoreInWeb    Store = iota // in the first web server, which is then the only one
	StoreSeparate              // in a web server of its own, which gets no requests
	StoreVSFTPD
	StoreExternal // already running, at Config.StoreURL
)

// Part is a kind of server.
type Part int

// The parts.
const (
	Redis Part = iota
	Web
	FTP // the control connection, and each passive port
)

// Config of a system.
type Config struct {
	Programs     string        // directory in which [Build] put web and worker
	Dir          string        // the system's own directory is made in it; empty: the default one for temporary files
	PhotoLatency time.Duration // how long the photo host takes for each photo
	PhotoSide    int           // of its photos, in pixels; 0: 48

	Webs, Workers int
	Store         Store
	StoreSessions int    // of a store in a web server; 0: the default
	StoreURL      string // of StoreExternal, as the flag -store takes it
	StorePassword string // of StoreExternal
	Cache         bool   // prepared photos have a Redis of their own, without persistence

	// Limited keeps the default limits for each client. Otherwise there are none, since all clients of a
	// test may have one address.
	Limited bool

	WebArgs    []string // further arguments of each web server
	WorkerArgs []string // and of each worker
	WorkerEnv  []string
	RedisEnv   []string

	// Proxies puts a proxy in front of every server, see System.Proxies.
	Proxies bool

	// Started and Done are called when a worker logs that it has started or finished a job. They may be nil.
	Started, Done func(worker, job string, at time.Time)
}

// System is a running system.
type System struct {
	Redis   *Process
	Cache   *Process // nil: Config.Cache is false
	Webs    []*Process
	Stores  []*Process // stores that are processes of their own
	Workers []*Process
	Photos  *Photos

	Proxies map[Part][]*faultproxy.Proxy // in the order of ports

	Dir       string   // of data, logs and secrets
	StoreAddr string   // of the FTP server
	URLs      []string // of the web servers, as http://host:port

	config        Config
	firstPort     int
	redisPassword string
	redisArgs     []string
	storeArgs     []string
}

// Build builds web and worker of the checkout at source into a new directory below dir, which the caller
// removes. An empty source is the current directory, an empty dir the default one for temporary files.
func Build(ctx context.Context, source, dir string) (programs string, err error) {
	if programs, err = os.MkdirTemp(dir, "smalti-programs-"); err != nil {
		return "", err
	}
	cmd := exec.CommandContext(ctx, "go", "build", "-o", programs+string(filepath.Separator), "smalti/web", "smalti/worker")
	cmd.Dir = source
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", errors.Join(fmt.Errorf("building: %w\n%s", err, out), os.RemoveAll(programs))
	}
	return programs, nil
}

// Start starts a system. The caller must stop it.
func Start(c Config) (*System, error) {
	s := &System{config: c, Proxies: map[Part][]*faultproxy.Proxy{}}
	if err := s.start(); err != nil {
		s.Stop()
		return nil, err
	}
	return s, nil
}

func (s *System) start() (err error) {
	if s.Dir, err = os.MkdirTemp(s.config.Dir, "smalti-system-"); err != nil {
		return err
	}
	if s.Photos, err = ServePhotos(serverIP, s.config.PhotoSide, s.config.PhotoLatency); err != nil {
		return err
	}
	if err := s.plan(); err != nil {
		return err
	}
	for _, p := range s.all() {
		if err := p.Start(); err != nil {
			return err
		}
	}
	return nil
}

// AddWorker starts one more worker. It must not be called concurrently with other methods.
func (s *System) AddWorker() (*Process, error) {
	p := s.newWorker()
	return p, p.Start()
}

// all returns all processes in the order in which they start.
func (s *System) all() []*Process {
	all := slices.Concat([]*Process{s.Redis, s.Cache}, s.Stores, s.Webs, s.Workers)
	return slices.DeleteFunc(all, func(p *Process) bool { return p == nil })
}

// Supervise restarts, as systemd would, processes that end by themselves, until ctx ends. It calls crashed
// for each.
func (s *System) Supervise(ctx context.Context, crashed func()) {
	for {
		for _, p := range s.all() {
			if p.Died() {
				crashed()
				_ = p.Start() // its log says what is wrong; it is tried again soon
			}
		}
		if !pause.For(ctx, 200*time.Millisecond) {
			return
		}
	}
}

// End ends all processes. What they left can still be read.
func (s *System) End() {
	var all sync.WaitGroup
	for _, p := range s.all() {
		all.Go(p.Retire)
	}
	all.Wait()
}

// Stop ends all processes and proxies, and removes the system's directory. It may be called again.
func (s *System) Stop() {
	s.End()
	if s.Photos != nil {
		s.Photos.Close()
	}
	for _, proxies := range s.Proxies {
		for _, p := range proxies {
			p.Close()
		}
	}
	_ = os.RemoveAll(s.Dir) // below a directory for temporary files
}

// CPU is the CPU time that each part has used so far.
type CPU struct{ Redis, Cache, Web, Workers, Store time.Duration }

// CPU reads it. A process that has ended by itself is an error.
func (s *System) CPU() (c CPU, err error) {
	for part, processes := range map[*time.Duration][]*Process{
		&c.Redis: {s.Redis}, &c.Cache: {s.Cache}, &c.Web: s.Webs, &c.Workers: s.Workers, &c.Store: s.Stores,
	} {
		for _, p := range processes {
			if p == nil {
				continue
			}
			cpu, e := p.CPU()
			*part += cpu
			err = errors.Join(err, e)
		}
	}
	return c, err
}

// RedisClient connects to the Redis process p, which is s.Redis or s.Cache. The caller must close it.
func (s *System) RedisClient(p *Process) *redis.Client {
	return redis.NewClient(&redis.Options{Addr: p.Addr, Password: s.redisPassword})
}

// StoreDir is the directory of the store's files; empty for StoreExternal.
func (s *System) StoreDir() string {
	return map[Store]string{
		StoreInWeb:    filepath.Join(s.Dir, "web1-data", "store"),
		StoreSeparate: filepath.Join(s.Dir, "store-data", "store"),
		StoreVSFTPD:   filepath.Join(s.Dir, "store"),
	}[s.config.Store]
}

// KeepLogs copies the output of all processes into a directory, which it makes.
func (s *System) KeepLogs(dir string) error {
	return os.CopyFS(dir, os.DirFS(filepath.Join(s.Dir, "logs")))
}

// log opens the file for a process's output, which restarts append to.
func (s *System) log(name string) io.Writer {
	file, err := os.OpenFile(filepath.Join(s.Dir, "logs", name), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return io.Discard
	}
	return file
}
