//go:build linux

package harness

import (
	"crypto/rand"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"

	"smalti/pkg/faultproxy"
	"smalti/pkg/process"
	"smalti/pkg/vsftpd"
)

// The ports of a system, counted from its first one. dataPorts is how many FTP data connections there can
// be at a time.
const (
	redisPort = iota
	cachePort
	storePort
	ftpPort
	dataPort
)

const (
	dataPorts = 64
	webPort   = dataPort + dataPorts
)

func (s *System) addr(port int) string { return at(serverIP, s.firstPort+port) }

// reach returns the address at which others reach a server: its own, or that of a proxy in front of it.
func (s *System) reach(part Part, port int) (addr string, err error) {
	addr = s.addr(port)
	if !s.config.Proxies {
		return addr, nil
	}
	p, err := faultproxy.Listen(at(proxyIP, s.firstPort+port), addr)
	if err != nil {
		return "", err
	}
	s.Proxies[part] = append(s.Proxies[part], p)
	return p.Addr, nil
}

// plan chooses ports, passwords and arguments.
func (s *System) plan() (err error) {
	if s.firstPort, err = freePorts(webPort + s.config.Webs); err != nil {
		return err
	}
	for _, d := range []string{"redis", "store", "secrets", "logs"} {
		if err := os.Mkdir(filepath.Join(s.Dir, d), 0o700); err != nil {
			return err
		}
	}
	if err := s.planRedis(); err != nil {
		return err
	}
	ownStore, err := s.planStore()
	if err != nil {
		return err
	}
	for i := range s.config.Webs {
		if err := s.planWeb(i, ownStore); err != nil {
			return err
		}
	}
	for range s.config.Workers {
		s.newWorker()
	}
	return nil
}

// persistent is what a Redis needs to keep what it acknowledged.
const persistent = "appendonly yes\nappendfsync always\nno-appendfsync-on-rewrite no\n"

func (s *System) planRedis() error {
	s.redisPassword = rand.Text()
	passwordFile, err := s.secret("redis", s.redisPassword)
	if err != nil {
		return err
	}
	s.Redis = s.redis("redis", redisPort, persistent)
	s.Redis.Env = s.config.RedisEnv
	addr, err := s.reach(Redis, redisPort)
	if err != nil {
		return err
	}
	s.redisArgs = []string{"-redis", "redis://" + addr, "-redis-password-file", passwordFile}
	if s.config.Cache {
		s.Cache = s.redis("cache", cachePort, "")
		s.redisArgs = append(s.redisArgs, "-cache", "redis://"+s.Cache.Addr, "-cache-password-file", passwordFile)
	}
	return nil
}

func (s *System) redis(name string, port int, conf string) *Process {
	return &Process{
		Name: name, Path: "redis-server", Args: []string{"-"}, Addr: s.addr(port), Out: s.log(name),
		Stdin: fmt.Sprintf("bind %s\nport %d\ndir %s\nrequirepass %s\nsave \"\"\nmaxmemory-policy noeviction\ntcp-keepalive 60\n%s",
			serverIP, s.firstPort+port, filepath.Join(s.Dir, "redis"), s.redisPassword, conf),
	}
}

// planStore plans a store that is a process of its own. It returns the arguments of a web server that has
// the store.
func (s *System) planStore() (own []string, err error) {
	for port := ftpPort; port < dataPort+dataPorts; port++ {
		addr, err := s.reach(FTP, port)
		if err != nil {
			return nil, err
		}
		if port == ftpPort {
			s.StoreAddr = addr
		}
	}
	url, password := "ftp://smalti@"+s.StoreAddr+"/", rand.Text()
	switch s.config.Store {
	case StoreVSFTPD:
		url = fmt.Sprintf("ftp://%s@%s/", vsftpd.User, s.StoreAddr)
	case StoreExternal:
		url, password = s.config.StoreURL, s.config.StorePassword
	}
	passwordFile, err := s.secret("store", password)
	if err != nil {
		return nil, err
	}
	s.storeArgs = []string{"-store", url, "-store-password-file", passwordFile}
	own = []string{
		"-store-listen", s.addr(ftpPort), "-store-password-file", passwordFile,
		"-store-passive-ports", fmt.Sprintf("%d-%d", s.firstPort+dataPort, s.firstPort+dataPort+dataPorts-1),
	}
	if n := fmt.Sprint(s.config.StoreSessions); n != "0" {
		own = append(own, "-store-sessions", n, "-store-sessions-per-client", n)
	}
	switch s.config.Store {
	case StoreSeparate:
		s.Stores = append(s.Stores, s.web("store", storePort, own...))
	case StoreVSFTPD:
		store, err := s.vsftpd(passwordFile)
		if err != nil {
			return nil, err
		}
		s.Stores = append(s.Stores, store)
	}
	return own, nil
}

// vsftpd serves the directory "store".
func (s *System) vsftpd(passwordFile string) (*Process, error) {
	program, err := exec.LookPath("vsftpd")
	if err != nil {
		program = "/usr/sbin/vsftpd" // which is not on everybody's PATH
	}
	conf := filepath.Join(s.Dir, "vsftpd.conf")
	text := vsftpd.Config{
		Addr: serverIP, Port: s.firstPort + ftpPort, AnyPeer: true,
		Passive: [2]int{s.firstPort + dataPort, s.firstPort + dataPort + dataPorts - 1},
		Dir:     filepath.Join(s.Dir, "store"), PasswordFile: passwordFile,
	}.String()
	if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
		return nil, err
	}
	addr := s.addr(ftpPort)
	return &Process{
		Name: "vsftpd", Path: program, Args: []string{conf}, Addr: addr, Out: s.log("vsftpd"), Ready: process.Greets(addr, "220"),
	}, nil
}

func (s *System) web(name string, port int, args ...string) *Process {
	addr := s.addr(port)
	all := append([]string{"-listen", addr, "-data", filepath.Join(s.Dir, name+"-data")}, s.redisArgs...)
	return &Process{
		Name: name, Path: filepath.Join(s.config.Programs, "web"), Addr: addr, Out: s.log(name), Args: append(all, args...),
	}
}

func (s *System) planWeb(i int, ownStore []string) error {
	args := s.storeArgs
	if s.config.Store == StoreInWeb {
		args = ownStore
	}
	if !s.config.Limited {
		args = append(slices.Clip(args), "-limit-mosaics", "off", "-limit-uploads", "off", "-quota-client", "off",
			"-limit-connections", "0", "-limit-host", "off")
	}
	p := s.web(fmt.Sprintf("web%d", i+1), webPort+i, append(slices.Clip(args), s.config.WebArgs...)...)
	s.Webs = append(s.Webs, p)
	addr, err := s.reach(Web, webPort+i)
	s.URLs = append(s.URLs, "http://"+addr)
	return err
}

// newWorker plans one more worker.
func (s *System) newWorker() *Process {
	name := fmt.Sprintf("worker%02d", len(s.Workers)+1)
	args := append(append([]string{"-name", name, "-allow-private"}, s.redisArgs...), s.storeArgs...)
	if !s.config.Limited {
		args = append(args, "-limit-host", "off")
	}
	p := &Process{
		Name: name, Path: filepath.Join(s.config.Programs, "worker"), Args: append(args, s.config.WorkerArgs...), Env: s.config.WorkerEnv,
		Out: io.MultiWriter(s.log(name), &jobLog{started: s.config.Started, done: s.config.Done}),
	}
	s.Workers = append(s.Workers, p)
	return p
}

// secret writes a password into a file and returns its path.
func (s *System) secret(name, password string) (path string, err error) {
	path = filepath.Join(s.Dir, "secrets", name)
	return path, os.WriteFile(path, []byte(password+"\n"), 0o600)
}
