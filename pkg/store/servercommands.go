package store

import (
	"fmt"
	"maps"
	"net"
	"os"
	"strings"

	ftpserver "goftp.io/server/v2"
)

// command is an FTP command of our own. The library's transfers know no deadlines, accept anybody's
// data connection, and cannot be stopped, so that everything about data connections is done here; and
// with it TLS, which the library offers only on a listener that it opens by itself.
type command struct {
	open    bool // also before logging in
	param   bool // needs one
	feature bool // shown by FEAT
	run     func(c *control, s *ftpserver.Session, param string)
}

func (c command) IsExtend() bool     { return c.feature }
func (c command) RequireParam() bool { return c.param }
func (c command) RequireAuth() bool  { return !c.open }

func (c command) Execute(s *ftpserver.Session, param string) { c.run(controlOf(s), s, param) }

// commands are all that the server knows. Neither PORT nor EPRT is among them: the server never
// connects to anywhere.
func (s *Server) commands() map[string]ftpserver.Command {
	all := ftpserver.DefaultCommands()
	known := map[string]ftpserver.Command{}
	for _, name := range []string{
		"ALLO", "CDUP", "CWD", "DELE", "FEAT", "MLST", "MODE", "NOOP", "OPTS", "PASS", "PWD",
		"QUIT", "RMD", "RNFR", "RNTO", "STRU", "SYST", "TYPE",
	} {
		known[name] = all[name]
	}
	maps.Copy(known, map[string]ftpserver.Command{
		"AUTH": command{open: true, param: true, run: (*control).auth},
		"PBSZ": command{open: true, param: true, run: (*control).pbsz},
		"PROT": command{open: true, param: true, run: (*control).prot},
		"USER": command{open: true, param: true, run: func(c *control, s *ftpserver.Session, param string) {
			if c.server.config.RequireTLS && !c.secure {
				s.WriteMessage(530, "Log in through TLS; use AUTH TLS first.")
				return
			}
			all["USER"].Execute(s, param)
		}},
		"EPSV":    command{feature: true, run: (*control).epsv},
		"PASV":    command{run: (*control).pasv},
		"MKD":     command{param: true, run: (*control).mkd},
		"SIZE":    command{param: true, feature: true, run: (*control).size},
		"XSHA256": command{param: true, feature: true, run: (*control).xsha256},
		"RETR":    command{param: true, run: (*control).retr},
		"REST":    command{param: true, run: (*control).rest},
		"STOR":    command{param: true, run: (*control).stor},
		"APPE":    command{param: true, run: (*control).appe},
		"LIST":    command{run: func(c *control, s *ftpserver.Session, p string) { c.list(s, p, listLine) }},
		"MLSD":    command{run: func(c *control, s *ftpserver.Session, p string) { c.list(s, p, factsLine) }},
		"NLST":    command{run: func(c *control, s *ftpserver.Session, p string) { c.list(s, p, os.FileInfo.Name) }},
	})
	for _, name := range []string{
		"APPE", "CDUP", "CWD", "DELE", "LIST", "MKD", "MLSD", "MLST", "NLST", "RETR", "RMD", "RNFR", "RNTO", "SIZE", "STOR", "XSHA256",
	} {
		known[name] = present{known[name]}
	}
	return known
}

// present is a command for which the store must be there: to a client, a 550 would say that a file is not.
type present struct{ ftpserver.Command }

func (p present) Execute(s *ftpserver.Session, param string) {
	c := controlOf(s)
	if err := c.server.driver.dir.Ping(c.server.driver.ctx); err != nil {
		c.closePassive()
		s.WriteMessage(451, "The store cannot be used now.")
		return
	}
	p.Command.Execute(s, param)
}

func (c *control) auth(s *ftpserver.Session, mechanism string) {
	switch {
	case c.server.config.TLS == nil || !strings.EqualFold(mechanism, "TLS"):
		s.WriteMessage(504, "There is no such security here.")
	case c.secure || s.IsLogin():
		s.WriteMessage(503, "AUTH TLS comes first, and once.")
	default:
		s.WriteMessage(234, "Go ahead with TLS.")
		if err := c.startTLS(); err != nil {
			c.server.debug("FTP: TLS did not come about", "error", err)
			c.cut()
		}
	}
}

func (c *control) pbsz(s *ftpserver.Session, size string) {
	if !c.secure || size != "0" {
		s.WriteMessage(503, "PBSZ 0 follows AUTH TLS.")
		return
	}
	s.WriteMessage(200, "PBSZ=0")
}

func (c *control) prot(s *ftpserver.Session, level string) {
	if c.private = c.secure && strings.EqualFold(level, "P"); !c.private {
		s.WriteMessage(536, "Only PROT P, and only after AUTH TLS.")
		return
	}
	s.WriteMessage(200, "Data connections use TLS.")
}

func (c *control) epsv(s *ftpserver.Session, _ string) {
	addr, err := c.listenPassive()
	if err != nil {
		s.WriteMessage(425, "No data connection: "+err.Error())
		return
	}
	s.WriteMessage(229, fmt.Sprintf("Entering Extended Passive Mode (|||%d|)", addr.Port))
}

func (c *control) pasv(s *ftpserver.Session, _ string) {
	addr, err := c.listenPassive()
	if err != nil {
		s.WriteMessage(425, "No data connection: "+err.Error())
		return
	}
	ip := addr.IP.To4()
	if public := c.server.config.PublicIP; public != "" {
		ip = net.ParseIP(public).To4()
	}
	if ip == nil {
		c.closePassive()
		s.WriteMessage(425, "PASV is for IPv4; use EPSV.")
		return
	}
	s.WriteMessage(227, fmt.Sprintf("Entering Passive Mode (%d,%d,%d,%d,%d,%d)",
		ip[0], ip[1], ip[2], ip[3], addr.Port>>8, addr.Port&0xff))
}
