package redistest

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"smalti/pkg/process"
	"smalti/pkg/testenv"
)

// Replica starts a server that follows master, and can take its place.
func Replica(t testing.TB, master *Server, conf ...string) *Server {
	t.Helper()
	return Start(t, append(conf, following(master)...)...)
}

// ReplicaAt is Replica for a server with a clock of its own.
func ReplicaAt(t testing.TB, c *Clock, master *Server) *Server {
	t.Helper()
	return StartAt(t, c, following(master)...)
}

func following(master *Server) []string {
	host, port, _ := net.SplitHostPort(master.Addr)
	return []string{"replicaof " + host + " " + port, fmt.Sprintf("masterauth %q", password)}
}

// masterName is the sentinels' name for their master.
const masterName = "smalti"

// Sentinels starts three sentinels that watch master, and promote a replica when two of them have missed it
// for half a second. It returns their URL, without the password, once they know one replica.
func Sentinels(t testing.TB, master *Server) string {
	t.Helper()
	testenv.Program(t, "redis-sentinel")
	host, port, _ := net.SplitHostPort(master.Addr)
	var addrs []string
	for range 3 {
		addr, dir := freeAddr(t), t.TempDir()
		_, own, _ := net.SplitHostPort(addr)
		conf := strings.Join([]string{
			"bind 127.0.0.1", "port " + own, "dir " + dir,
			"sentinel monitor " + masterName + " " + host + " " + port + " 2",
			fmt.Sprintf("sentinel auth-pass %s %q", masterName, password),
			"sentinel down-after-milliseconds " + masterName + " 500",
			"sentinel failover-timeout " + masterName + " 3000",
		}, "\n") + "\n"
		file := filepath.Join(dir, "sentinel.conf") // they write to it
		if err := os.WriteFile(file, []byte(conf), 0o600); err != nil {
			t.Fatal(err)
		}
		p, err := process.Start(exec.Command("redis-sentinel", file), nil)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { p.Kill() })
		if err := p.Await(startTime, process.Listens(addr)); err != nil {
			t.Fatal(err)
		}
		addrs = append(addrs, addr)
	}
	for _, addr := range addrs {
		waitFor(t, addr, "", []string{"sentinel", "master", masterName}, "num-slaves\n1\n", "num-other-sentinels\n2\n")
	}
	return "redis+sentinel://" + strings.Join(addrs, ",") + "/0?master=" + masterName
}

// Cluster starts a cluster of three servers, each with its share of the slots.
func Cluster(t testing.TB) []*Server {
	t.Helper()
	testenv.Program(t, "redis-cli")
	var nodes []*Server
	var addrs []string
	for range 3 {
		_, bus, _ := net.SplitHostPort(freeAddr(t)) // by default it is the port plus 10,000, which may be too large
		s := Start(t, "cluster-enabled yes", "cluster-port "+bus, "cluster-node-timeout 1000", fmt.Sprintf("masterauth %q", password))
		nodes, addrs = append(nodes, s), append(addrs, s.Addr)
	}
	create := append([]string{"--cluster", "create"}, addrs...)
	if out, err := redisCLI(nil, append(create, "--cluster-yes")...); err != nil {
		t.Fatalf("making a cluster: %v\n%s", err, out)
	}
	for _, addr := range addrs {
		waitFor(t, addr, password, []string{"cluster", "info"}, "cluster_state:ok", "cluster_slots_ok:16384")
	}
	return nodes
}

// waitFor repeats a command until its output has all the parts.
func waitFor(t testing.TB, addr, password string, command []string, parts ...string) {
	t.Helper()
	host, port, _ := net.SplitHostPort(addr)
	var out []byte
	var err error
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		out, err = redisCLI(&password, append([]string{"-h", host, "-p", port}, command...)...)
		all := err == nil
		for _, p := range parts {
			all = all && strings.Contains(strings.ReplaceAll(string(out), "\r", ""), p)
		}
		if all {
			return
		}
	}
	t.Fatalf("%s does not become ready: %v\n%s", addr, err, out)
}

// redisCLI runs redis-cli with a password; nil: that of all servers here.
func redisCLI(secret *string, args ...string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if secret == nil {
		p := password
		secret = &p
	}
	cmd := exec.CommandContext(ctx, "redis-cli", args...)
	if *secret != "" {
		cmd.Env = append(os.Environ(), "REDISCLI_AUTH="+*secret)
	}
	return cmd.CombinedOutput()
}
