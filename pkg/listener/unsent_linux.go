package listener

import (
	"net"
	"syscall"
)

const tcpNotSentLowat = 25 // TCP_NOTSENT_LOWAT of linux/tcp.h

// limitUnsent keeps the kernel from buffering more than a piece (tcp(7)). Its buffer would grow to
// megabytes, and writing goes on only when a third of it has been sent, which a slow client takes too long
// for.
func limitUnsent(c net.Conn) {
	tcp, ok := c.(*net.TCPConn)
	if !ok {
		return
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		return
	}
	_ = raw.Control(func(fd uintptr) { // where it cannot be set, only very slow clients notice
		_ = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, tcpNotSentLowat, Progress)
	})
}
