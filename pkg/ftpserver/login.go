package ftpserver

import (
	"strings"
	"time"

	"smalti/pkg/pause"
)

const maxWrong = 5 // wrong passwords on one connection

func (c *conn) userName(name string) {
	switch {
	case c.loggedIn:
		c.reply(503, "Logged in already.")
	case c.server.config.RequireTLS && !c.secure:
		c.reply(530, "TLS is required; use AUTH TLS first.")
	default:
		c.user = name
		c.reply(331, "Password required.")
	}
}

// pass logs in. The answer to a wrong password comes late when there were many.
func (c *conn) pass(password string) {
	s := c.server
	switch {
	case c.loggedIn || c.user == "":
		c.reply(503, "USER comes first, and once.")
	case !s.isAccount(c.user, password):
		s.refuse(Login, c.host)
		pause.For(s.ctx, s.guesses.Wrong(c.client, time.Now()))
		if c.wrong++; c.wrong >= maxWrong {
			c.cut()
			return
		}
		c.reply(530, "Wrong user or password.")
	case !s.sessions.logIn(c):
		s.refuse(Sessions, c.host)
		c.reply(421, "Too many sessions; try again later.")
		c.quit = true
	default:
		c.loggedIn, c.deadline = true, time.Time{}
		c.reply(230, "Logged in.")
	}
}

func (c *conn) auth(mechanism string) {
	switch {
	case c.server.config.TLS == nil || !strings.EqualFold(mechanism, "TLS"):
		c.reply(504, "No such security mechanism.")
	case c.secure || c.loggedIn:
		c.reply(503, "AUTH TLS comes first, and once.")
	default:
		c.reply(234, "Go ahead with TLS.")
		if err := c.startTLS(); err != nil {
			c.server.log.Debug("FTP: no TLS", "client", c.host, "error", err)
			c.cut()
		}
	}
}

func (c *conn) pbsz(size string) {
	if !c.secure || size != "0" {
		c.reply(503, "PBSZ 0 comes after AUTH TLS.")
		return
	}
	c.reply(200, "PBSZ=0")
}

func (c *conn) prot(level string) {
	if c.private = c.secure && strings.EqualFold(level, "P"); !c.private {
		c.reply(536, "Only PROT P, and only after AUTH TLS.")
		return
	}
	c.reply(200, "Data connections use TLS.")
}
