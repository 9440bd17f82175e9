//go:build linux

package rig

import (
	"fmt"
	"math/rand/v2"
	"net"
)

// Servers listen at one loopback address, and what is put in front of them at another with the same
// port: an FTP client takes data connections to the address of its control connection.
const (
	ServerIP = "127.0.0.1"
	FrontIP  = "127.0.0.2"
)

// freePorts finds n ports in a row that are free on both addresses, below those that the kernel gives
// to outgoing connections: a server must find its port again after a restart.
func freePorts(n int) (first int, err error) {
	for range 200 {
		first = 10_000 + rand.IntN(20_000)
		if allFree(first, n) {
			return first, nil
		}
	}
	return 0, fmt.Errorf("no %d free ports in a row", n)
}

func allFree(first, n int) bool {
	for port := first; port < first+n; port++ {
		for _, ip := range []string{ServerIP, FrontIP} {
			l, err := net.Listen("tcp", fmt.Sprintf("%s:%d", ip, port))
			if err != nil {
				return false
			}
			l.Close()
		}
	}
	return true
}

func at(ip string, port int) string { return fmt.Sprintf("%s:%d", ip, port) }
