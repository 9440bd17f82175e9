package store

import (
	"crypto/tls"
	"errors"
	"net"
	"net/textproto"

	"github.com/jlaffaye/ftp"
)

// startTLS begins TLS on a control connection (RFC 4217, section 4), and leaves a greeting to be read
// from it as if it began there.
func startTLS(conn net.Conn, config *tls.Config) (net.Conn, error) {
	text := textproto.NewConn(conn)
	if _, _, err := text.ReadResponse(ftp.StatusReady); err != nil {
		return nil, err
	}
	if err := text.PrintfLine("AUTH TLS"); err != nil {
		return nil, err
	}
	if _, _, err := text.ReadResponse(ftp.StatusAuthOK); err != nil {
		return nil, err
	}
	if text.R.Buffered() > 0 {
		return nil, errors.New("the server sent something in the clear behind its answer to AUTH TLS")
	}
	secure := tls.Client(conn, config)
	if err := secure.Handshake(); err != nil {
		return nil, err
	}
	return &greeted{Conn: secure, greeting: []byte("220 TLS\r\n")}, nil
}

type greeted struct {
	net.Conn
	greeting []byte
}

func (g *greeted) Read(p []byte) (int, error) {
	if len(g.greeting) == 0 {
		return g.Conn.Read(p)
	}
	n := copy(p, g.greeting)
	g.greeting = g.greeting[n:]
	return n, nil
}

// command sends one that the FTP client does not know. Between its own commands there is nothing on
// the control connection that the client has yet to read.
func (s *session) command(line string, expect int) (string, error) {
	text := textproto.NewConn(s.wire)
	if err := text.PrintfLine("%s", line); err != nil {
		return "", err
	}
	_, message, err := text.ReadResponse(expect)
	return message, err
}
