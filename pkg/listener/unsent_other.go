//go:build !linux

package listener

import "net"

func limitUnsent(net.Conn) {}
