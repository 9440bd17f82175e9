package store

import (
	"bufio"
	"errors"
	"io"
	"net"
	"sync"
	"time"
)

const acceptPause = 50 * time.Millisecond

// controlListener hands control connections to the FTP library, which by itself knows no limits:
// not on connections, not on a client's silence, not on a line's length.
type controlListener struct {
	net.Listener
	server *Server
	closed chan struct{}

	mu        sync.Mutex
	sessions  sync.WaitGroup
	open      map[*control]bool
	newcomers newcomers      // those of the open that have not logged in
	inside    int            // those that have
	insideBy  map[string]int // the same by client
}

func newControlListener(l net.Listener, s *Server) *controlListener {
	return &controlListener{Listener: l, server: s, closed: make(chan struct{}), open: map[*control]bool{}, newcomers: newcomers{}, insideBy: map[string]int{}}
}

// Accept returns the next connection. It fails only when the listener is shut.
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
	c := &control{
		server: l.server, host: hostOf(conn.RemoteAddr()), client: clientOf(conn.RemoteAddr()),
		conn: conn, until: time.Now().Add(loginTime), raw: []io.Closer{conn},
	}
	c.lines = bufio.NewReaderSize(conn, maxCommandLine)
	if crowded := l.newcomers.add(c); crowded != nil {
		go crowded.cut()
	}
	l.open[c] = true
	l.sessions.Add(1)
	return c
}

// logIn makes a newcomer a session, if there is room for one more.
func (l *controlListener) logIn(c *control) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if c.loggedIn {
		return true
	}
	if l.inside >= l.server.config.MaxSessions || l.insideBy[c.client] >= l.server.config.MaxPerClient {
		return false
	}
	l.newcomers.remove(c)
	l.inside++
	l.insideBy[c.client]++
	c.loggedIn = true
	return true
}

func (l *controlListener) leave(c *control) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.open[c] {
		return
	}
	delete(l.open, c)
	l.newcomers.remove(c)
	if c.loggedIn {
		l.inside--
		if l.insideBy[c.client]--; l.insideBy[c.client] == 0 {
			delete(l.insideBy, c.client)
		}
	}
	l.sessions.Done()
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
