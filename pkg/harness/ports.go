//go:build linux

package harness

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
)

// Servers listen at serverIP. Proxies in front of them listen at proxyIP with the same port: an FTP client
// opens data connections to the address of its control connection.
const (
	serverIP = "127.0.0.1"
	proxyIP  = "127.0.0.2"
)

// freePorts finds n consecutive ports that are free on both addresses. They are below those that the kernel
// gives to outgoing connections: a server must find its port free after a restart.
func freePorts(n int) (first int, err error) {
	for range 200 {
		first = 10_000 + rand.IntN(20_000)
		if allFree(first, n) {
			return first, nil
		}
	}
	return 0, fmt.Errorf("no %d consecutive free ports", n)
}

func allFree(first, n int) bool {
	for port := first; port < first+n; port++ {
		for _, ip := range []string{serverIP, proxyIP} {
			l, err := listen(at(ip, port))
			if err != nil {
				return false
			}
			_ = l.Close()
		}
	}
	return true
}

// FreeAddr returns a free address at serverIP.
func FreeAddr() (string, error) {
	port, err := freePorts(1)
	return at(serverIP, port), err
}

func listen(addr string) (net.Listener, error) {
	var c net.ListenConfig
	return c.Listen(context.Background(), "tcp", addr)
}

func at(ip string, port int) string { return fmt.Sprintf("%s:%d", ip, port) }
