package store_test

import (
	"errors"
	"io"
	"net"
	"slices"
	"strings"
)

// link is one connection: near is the side of the Remote.
type link struct {
	near, far *net.TCPConn
	data      bool
	sent      int64
	dead      bool // silent
	lost      bool // what is uploaded from here on
}

// carry copies one direction, and the way in which it ends.
func (w *wire) carry(l *link, from, to *net.TCPConn, check func(*link, []byte) (pass []byte, cut bool)) {
	defer from.CloseRead()
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		w.mu.Lock()
		dead := l.dead
		w.mu.Unlock()
		if dead {
			<-w.done
			return
		}
		pass, cut := check(l, buffer[:n])
		if _, err := to.Write(pass); err != nil {
			l.reset()
			return
		}
		if cut {
			w.cut(l)
			continue // to find out what has become of it
		}
		if errors.Is(err, io.EOF) {
			to.CloseWrite()
			return
		}
		if err != nil {
			l.reset()
			return
		}
	}
}

// up looks at what goes to the server.
func (w *wire) up(l *link, b []byte) (pass []byte, cut bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !l.data {
		return w.line(b)
	}
	n := int64(len(b))
	if l.sent == 0 && n > 0 {
		w.seen.uploads++
	}
	if len(w.at) > 0 && w.seen.sent+n >= w.at[0] {
		n, cut = w.at[0]-w.seen.sent, true
		w.at = w.at[1:]
	} else if w.each > 0 && l.sent+n >= w.each {
		n, cut = w.each-l.sent, true
	}
	w.seen.sent += n
	l.sent += n
	return w.tamper(l, b[:n]), cut
}

// tamper changes what has just been counted.
func (w *wire) tamper(l *link, b []byte) []byte {
	if l.lost {
		return nil
	}
	at := tamperAt - (l.sent - int64(len(b)))
	switch {
	case at < 0 || at >= int64(len(b)):
	case w.flips > 0:
		w.flips--
		b[at] ^= 0x10
	case w.lose > 0:
		w.lose--
		l.lost = true
		return b[:at]
	}
	return b
}

// line looks at one command line, which is what a control connection carries at a time.
func (w *wire) line(b []byte) (pass []byte, cut bool) {
	line := strings.TrimSpace(string(b))
	command, param, _ := strings.Cut(line, " ")
	if slices.Contains([]string{"STOR", "APPE", "REST"}, command) {
		w.seen.commands = append(w.seen.commands, command)
	}
	if command != "" && command == w.command {
		w.command = ""
		return nil, true
	}
	switch to, ok := w.rewrite[command]; {
	case !ok:
		return b, false
	case strings.Contains(to, " "):
		return []byte(to + "\r\n"), false
	default:
		return []byte(to + " " + param + "\r\n"), false
	}
}

func (w *wire) cut(l *link) {
	w.mu.Lock()
	w.seen.breaks++
	switch w.fault {
	case ended:
		l.far.Close()
		l.reset()
	case reset:
		l.reset()
	case allGone:
		for l := range w.links {
			l.reset()
		}
	case silent:
		for l := range w.links {
			l.dead = true
		}
	}
	w.mu.Unlock()
	w.onBreak()
}

func (l *link) reset() {
	for _, c := range []*net.TCPConn{l.near, l.far} {
		_ = c.SetLinger(0)
		_ = c.Close()
	}
}
