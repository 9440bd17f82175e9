package listener

import (
	"net"
	"syscall"
)

const tcpNotSentLowat = 25 // TCP_NOTSENT_LOWAT of linux/tcp.h

// limitUnsent keeps the kernel from taking more than a piece in advance (tcp(7)): otherwise its buffer
// grows to megabytes, of which a slow client would have to receive a third before anything could be
// seen to move.
func limitUnsent(c net.Conn) {
	tcp, ok := c.(*net.TCPConn)
	if !ok {
		return
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		return
	}
	raw.Control(func(fd uintptr) { // where it cannot be set, only very slow clients notice
		syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, tcpNotSentLowat, Progress)
	})
}
