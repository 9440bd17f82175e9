package ftpserver

import (
	"errors"
	"io"
	"io/fs"
	"net"
)

// done replies with code, unless there is an error.
func (c *conn) done(code int, text string, err error) {
	if err != nil {
		c.fail(err)
		return
	}
	c.reply(code, text)
}

// fail replies with what went wrong (RFC 959, section 4.2.1).
func (c *conn) fail(err error) {
	code := 451
	_, network := errors.AsType[net.Error](err)
	switch {
	case errors.Is(err, ErrFull):
		c.server.refuse(Full, c.host)
		code = 452
	case errors.Is(err, ErrTooLarge):
		code = 552
	case errors.Is(err, ErrPastEnd):
		code = 554
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrExist), errors.Is(err, fs.ErrPermission), errors.Is(err, fs.ErrInvalid):
		code = 550
	case network || errors.Is(err, io.ErrUnexpectedEOF):
		code = 426
	default:
		c.server.log.Warn("FTP command failed", "client", c.host, "command", c.doing.command, "error", err)
	}
	c.reply(code, err.Error())
}

// Refusal says why a [Server] refused a client.
type Refusal string

// The reasons that operators should know of.
const (
	Full     Refusal = "full"     // no room left
	Login    Refusal = "password" // wrong user or password
	Sessions Refusal = "sessions" // too many are logged in
)

// Refusals are all of them.
var Refusals = []Refusal{Full, Login, Sessions}

func (s *Server) refuse(why Refusal, host string) {
	if s.config.Refused != nil {
		s.config.Refused(why)
	}
	if !s.refusals.Due(why) {
		return
	}
	switch why {
	case Full:
		s.log.Error("store full; refusing uploads", "do", "make room on its disk, or raise -store-quota", "client", host)
	case Sessions:
		s.log.Warn("store has no session left; workers wait for one", "do", "if that lasts, raise -store-sessions and -store-sessions-per-client", "client", host)
	case Login:
		s.log.Warn("wrong user or password for the store", "do", "if the client is a worker, check its -store-password-file", "client", host)
	}
}
