package store

import (
	"bufio"
	"errors"
	"io"
	"net"
	"sync"
	"time"
)

const (
	acceptPause = 50 * time.Millisecond
	busyReply   = "421 Too many connections; please try again later.\r\n"
)

// controlListener hands control connections to the FTP library, which by itself knows no limits:
// not on connections, not on a client's silence, not on a line's length.
type controlListener struct {
	net.Listener
	server *Server
	closed chan struct{}

	mu       sync.Mutex
	sessions sync.WaitGroup
	open     map[*control]bool
}

func newControlListener(l net.Listener, s *Server) *controlListener {
	return &controlListener{Listener: l, server: s, closed: make(chan struct{}), open: map[*control]bool{}}
}

// Accept returns the next connection that there is room for. It fails only when the listener is shut.
func (l *controlListener) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			select {
			case <-l.closed:
				return nil, net.ErrClosed
			case <-time.After(acceptPause): // such as: out of file descriptors
				if errors.Is(err, net.ErrClosed) {
					return nil, err
				}
				continue
			}
		}
		if c := l.admit(conn); c != nil {
			return c, nil
		}
		_ = conn.SetWriteDeadline(time.Now().Add(acceptPause))
		_, _ = conn.Write([]byte(busyReply))
		conn.Close()
	}
}

func (l *controlListener) admit(conn net.Conn) *control {
	l.mu.Lock()
	defer l.mu.Unlock()
	select {
	case <-l.closed:
		return nil
	default:
	}
	host := hostOf(conn.RemoteAddr())
	if len(l.open) >= l.server.config.MaxConns || l.from(host) >= l.server.config.MaxConnsPerIP {
		return nil
	}
	c := &control{server: l.server, host: host, conn: conn, until: time.Now().Add(loginTime), raw: []io.Closer{conn}}
	c.lines = bufio.NewReaderSize(conn, maxCommandLine)
	l.open[c] = true
	l.sessions.Add(1)
	return c
}

// from counts the connections of one address.
func (l *controlListener) from(host string) (n int) {
	for c := range l.open {
		if c.host == host {
			n++
		}
	}
	return n
}

func (l *controlListener) leave(c *control) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.open[c] {
		delete(l.open, c)
		l.sessions.Done()
	}
}

// shut closes the listener and every connection, and waits until nobody uses them.
func (l *controlListener) shut() error {
	l.mu.Lock()
	select {
	case <-l.closed:
	default:
		close(l.closed)
	}
	err := l.Listener.Close()
	for c := range l.open {
		c.cut()
	}
	l.mu.Unlock()
	l.sessions.Wait()
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}
