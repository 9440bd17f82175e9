//go:build linux

// Package rig runs a whole Smalti of real processes on this machine: a redis-server, web servers, a
// store and workers, with what a test of all of it needs besides: a host of photos, what each process
// uses, and processes that can be killed and started again. Everything dies with the program that uses
// it. It is for the tools below scripts.
package rig

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"time"

	"smalti/pkg/vsftpd"
)

// Store says which program the store is.
type Store int

// The stores.
const (
	OwnStore   Store = iota // in the first web server, which is then the only one
	ApartStore              // in a web server that nobody asks for anything else
	VSFTPD
	ElsewhereStore // runs already; see Config.StoreURL
)

// Part is a kind of server that others connect to.
type Part int

// The parts.
const (
	Redis Part = iota
	Web
	FTP // the control connection, and each passive port
)

// Config of a system.
type Config struct {
	Dir           string // for data, logs and secrets; exists, and is empty
	Webs, Workers int
	Store         Store
	StoreSessions int    // of OwnStore and ApartStore; 0: the default
	StoreURL      string // of ElsewhereStore, as the flag -store takes it
	StorePassword string // of ElsewhereStore
	Cache         bool   // prepared photos have a Redis of their own, which keeps nothing
	WorkerEnv     []string
	Admin         string // address of the first web server's admin listener; empty: none

	// Limited leaves the limits of each client at their defaults. Otherwise there are none, since all
	// browsers of a test have one address.
	Limited  bool
	WebArgs  []string // more arguments of each web server, after all others
	RedisEnv []string

	// Front puts something before a server at addr, and returns where that is; nil: others connect to
	// the server itself.
	Front func(part Part, addr string) (string, error)
	// Watch gets the output of each worker; may be nil.
	Watch func(worker string) io.Writer
}

// System is a running system.
type System struct {
	Redis   *Member
	Cache   *Member // nil: it is in Redis
	Webs    []*Member
	Stores  []*Member // that are processes of their own
	Workers []*Member

	RedisAddr     string // for whoever looks into it
	RedisPassword string
	StoreAddr     string // of the FTP server

	dir        string
	config     Config
	bases      []string // of the web servers
	workerArgs []string
}

// dataPorts is how many data connections there can be at once.
const dataPorts = 64

// Build builds the two programs of the checkout at source into a directory; an empty source is the
// current directory.
func Build(ctx context.Context, source, dir string) error {
	cmd := exec.CommandContext(ctx, "go", "build", "-o", dir+string(filepath.Separator), "smalti/web", "smalti/worker")
	cmd.Dir = source
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("building: %w\n%s", err, out)
	}
	return nil
}

// Start starts a system of the programs that [Build] put into the directory programs. Stop it in the
// end, also after an error.
func Start(programs string, c Config) (s *System, err error) {
	s = &System{dir: c.Dir, config: c}
	if c.Front == nil {
		s.config.Front = func(_ Part, addr string) (string, error) { return addr, nil }
	}
	if err := s.plan(programs); err != nil {
		return s, err
	}
	for _, m := range s.All() {
		if err := m.Start(); err != nil {
			return s, err
		}
	}
	return s, nil
}

// plan decides on addresses, secrets and arguments.
func (s *System) plan(programs string) error {
	c := s.config
	port, err := freePorts(dataPorts + 4 + c.Webs)
	if err != nil {
		return err
	}
	redisPort, cachePort, apart, ftpPort, firstData, firstWeb := port, port+1, port+2, port+3, port+4, port+4+dataPorts
	for _, d := range []string{"redis", "store", "secrets", "logs"} {
		if err := os.Mkdir(filepath.Join(s.dir, d), 0o700); err != nil {
			return err
		}
	}
	if s.RedisPassword, err = s.secret("redis"); err != nil {
		return err
	}
	storePassword, err := s.secret("store")
	if err != nil {
		return err
	}

	s.RedisAddr = at(ServerIP, redisPort)
	s.Redis = &Member{
		Name: "redis", Path: "redis-server", Args: []string{"-"}, Addr: s.RedisAddr, Out: s.log("redis"), Env: c.RedisEnv,
		Stdin: redisConf(redisPort, filepath.Join(s.dir, "redis"), s.RedisPassword) + keepAll,
	}
	redisAddr, err := s.config.Front(Redis, s.RedisAddr)
	if err != nil {
		return err
	}
	for p := ftpPort; p < firstData+dataPorts; p++ {
		addr, err := s.config.Front(FTP, at(ServerIP, p))
		if err != nil {
			return err
		}
		if p == ftpPort {
			s.StoreAddr = addr
		}
	}
	redisArgs := []string{"-redis", "redis://" + redisAddr, "-redis-password-file", s.secretPath("redis")}
	if c.Cache {
		addr := at(ServerIP, cachePort)
		s.Cache = &Member{
			Name: "cache", Path: "redis-server", Args: []string{"-"}, Addr: addr, Out: s.log("cache"),
			Stdin: redisConf(cachePort, filepath.Join(s.dir, "redis"), s.RedisPassword),
		}
		redisArgs = append(redisArgs, "-cache", "redis://"+addr, "-cache-password-file", s.secretPath("redis"))
	}
	web := func(name, addr string, args ...string) *Member {
		return &Member{
			Name: name, Path: filepath.Join(programs, "web"), Addr: addr, Out: s.log(name),
			Args: append(append([]string{"-listen", addr, "-data", filepath.Join(s.dir, name+"-data")}, redisArgs...), args...),
		}
	}
	storeUser := "smalti"
	own := []string{
		"-store-listen", at(ServerIP, ftpPort), "-store-password-file", s.secretPath("store"),
		"-store-passive-ports", fmt.Sprintf("%d-%d", firstData, firstData+dataPorts-1),
	}
	if c.StoreSessions > 0 {
		n := fmt.Sprint(c.StoreSessions)
		own = append(own, "-store-sessions", n, "-store-sessions-per-client", n)
	}
	switch c.Store {
	case ApartStore:
		s.Stores = append(s.Stores, web("store", at(ServerIP, apart), own...))
	case VSFTPD:
		storeUser = vsftpd.User
		m, err := s.vsftpd(ftpPort, firstData, storePassword)
		if err != nil {
			return err
		}
		s.Stores = append(s.Stores, m)
	}
	storeURL := fmt.Sprintf("ftp://%s@%s/", storeUser, s.StoreAddr)
	if c.Store == ElsewhereStore {
		storeURL = c.StoreURL
		if err := os.WriteFile(s.secretPath("store"), []byte(c.StorePassword+"\n"), 0o600); err != nil {
			return err
		}
	}
	storeArgs := []string{"-store", storeURL, "-store-password-file", s.secretPath("store")}
	for i := range c.Webs {
		var args []string
		if !c.Limited {
			args = append(args, "-limit-mosaics", "off", "-limit-uploads", "off", "-quota-client", "off", "-limit-connections", "0", "-limit-host", "off")
		}
		if c.Store == OwnStore {
			args = append(args, own...)
		} else {
			args = append(args, storeArgs...)
		}
		if i == 0 && c.Admin != "" {
			args = append(args, "-admin", c.Admin)
		}
		m := web(fmt.Sprintf("web%d", i+1), at(ServerIP, firstWeb+i), append(args, c.WebArgs...)...)
		s.Webs = append(s.Webs, m)
		addr, err := s.config.Front(Web, m.Addr)
		if err != nil {
			return err
		}
		s.bases = append(s.bases, "http://"+addr)
	}
	s.workerArgs = append(append([]string{"-allow-private"}, redisArgs...), storeArgs...)
	if !c.Limited {
		s.workerArgs = append(s.workerArgs, "-limit-host", "off")
	}
	for range c.Workers {
		s.newWorker(filepath.Join(programs, "worker"))
	}
	return nil
}

// newWorker adds a worker, which is not started.
func (s *System) newWorker(path string) *Member {
	name := fmt.Sprintf("worker%02d", len(s.Workers)+1)
	out := s.log(name)
	if s.config.Watch != nil {
		out = io.MultiWriter(out, s.config.Watch(name))
	}
	m := &Member{Name: name, Path: path, Out: out, Env: s.config.WorkerEnv, Args: append([]string{"-name", name}, s.workerArgs...)}
	s.Workers = append(s.Workers, m)
	return m
}

// AddWorker starts one more worker. Nobody else may use the system meanwhile.
func (s *System) AddWorker(programs string) (*Member, error) {
	m := s.newWorker(filepath.Join(programs, "worker"))
	return m, m.Start()
}

// All are all members, in the order in which they are started.
func (s *System) All() (all []*Member) {
	if s.Redis != nil {
		all = append(all, s.Redis)
	}
	if s.Cache != nil {
		all = append(all, s.Cache)
	}
	return append(append(append(all, s.Stores...), s.Webs...), s.Workers...)
}

// Bases are the addresses at which a browser finds the pages, as http://host:port.
func (s *System) Bases() []string { return s.bases }

// Supervise starts again, as systemd would, what ended by itself, until ctx ends; it tells crashed of
// each.
func (s *System) Supervise(ctx context.Context, crashed func()) {
	for ctx.Err() == nil {
		for _, m := range s.All() {
			if m.Died() {
				crashed()
				m.Start() // what went wrong is in its log; it is tried again in a moment
			}
		}
		select {
		case <-ctx.Done():
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// Stop ends all processes. It may be called again.
func (s *System) Stop() {
	var all sync.WaitGroup
	for _, m := range s.All() {
		all.Go(m.Retire)
	}
	all.Wait()
}

// StoreDir is where the store of the system keeps its files; empty for ElsewhereStore.
func (s *System) StoreDir() string {
	switch s.config.Store {
	case OwnStore:
		return filepath.Join(s.dir, "web1-data", "store")
	case ApartStore:
		return filepath.Join(s.dir, "store-data", "store")
	case VSFTPD:
		return filepath.Join(s.dir, "store")
	}
	return ""
}

// LogDir is where the output of each member is.
func (s *System) LogDir() string { return filepath.Join(s.dir, "logs") }

// KeepLogs copies the output of all members into a directory, which is made.
func (s *System) KeepLogs(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	return exec.Command("cp", "-r", s.LogDir()+"/.", dir).Run()
}

func (s *System) secretPath(name string) string { return filepath.Join(s.dir, "secrets", name) }

func (s *System) secret(name string) (string, error) {
	secret := rand.Text()
	return secret, os.WriteFile(s.secretPath(name), []byte(secret+"\n"), 0o600)
}

// log opens a file for a member's output, over all of its lives.
func (s *System) log(name string) io.Writer {
	file, err := os.OpenFile(filepath.Join(s.LogDir(), name), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return io.Discard
	}
	return file
}

// keepAll is what a Redis needs besides to keep what it acknowledged.
const keepAll = `appendonly yes
appendfsync always
no-appendfsync-on-rewrite no
`

func redisConf(port int, dir, password string) string {
	return fmt.Sprintf(`bind %s
port %d
dir %s
requirepass %s
save ""
maxmemory-policy noeviction
tcp-keepalive 60
`, ServerIP, port, dir, password)
}
