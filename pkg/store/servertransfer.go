package store

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"strings"
	"time"

	ftpserver "goftp.io/server/v2"
)

func (c *control) size(s *ftpserver.Session, param string) {
	info, err := c.server.driver.Stat(nil, s.BuildPath(param))
	if err != nil || !info.Mode().IsRegular() {
		c.noFile(s, err)
		return
	}
	s.WriteMessage(213, fmt.Sprint(info.Size()))
}

// noFile tells a file that is not there from one that cannot be read now, which is the store's fault.
func (c *control) noFile(s *ftpserver.Session, err error) {
	if err == nil || errors.Is(err, fs.ErrNotExist) || errors.Is(err, ErrNotFound) || errors.Is(err, ErrName) || errors.Is(err, errForbidden) {
		s.WriteMessage(550, "There is no such file or directory.")
		return
	}
	c.server.log.Warn("the store cannot read a file", "error", err)
	s.WriteMessage(451, "It cannot be read now.")
}

// mkd is the library's, but for a full store, of which that has no reply.
func (c *control) mkd(s *ftpserver.Session, param string) {
	path := s.BuildPath(param)
	err := diskError(c.server.driver.MakeDir(nil, path))
	switch {
	case err == nil:
		s.WriteMessage(257, fmt.Sprintf("%q is there.", path))
	case errors.Is(err, ErrFull):
		c.server.refused(Full, c.host)
		s.WriteMessage(452, ErrFull.Error())
	default:
		s.WriteMessage(550, "There cannot be such a directory.")
	}
}

func (c *control) retr(s *ftpserver.Session, param string) {
	_, file, err := c.server.driver.GetFile(nil, s.BuildPath(param), c.restartAt())
	if err != nil {
		c.closePassive()
		if errors.Is(err, errPastEnd) {
			s.WriteMessage(554, err.Error())
			return
		}
		c.noFile(s, err)
		return
	}
	defer file.Close()
	c.transfer(s, func(conn net.Conn, _ func()) error {
		_, err := io.Copy(conn, file)
		return err
	})
}

func (c *control) list(s *ftpserver.Session, param string, line func(os.FileInfo) string) {
	for strings.HasPrefix(param, "-") { // such as LIST -la
		_, param, _ = strings.Cut(param, " ")
	}
	var out bytes.Buffer
	err := c.server.driver.ListDir(nil, s.BuildPath(param), func(info os.FileInfo) error {
		out.WriteString(line(info) + "\r\n")
		return nil
	})
	if err != nil {
		c.closePassive()
		c.noFile(s, err)
		return
	}
	c.transfer(s, func(conn net.Conn, _ func()) error {
		_, err := conn.Write(out.Bytes())
		return err
	})
}

// transfer runs move over a data connection, which cut ends from elsewhere, and tells how it went.
func (c *control) transfer(s *ftpserver.Session, move func(conn net.Conn, cut func()) error) {
	conn, release, err := c.acceptData()
	switch {
	case errors.Is(err, errNoPrivate):
		s.WriteMessage(522, err.Error())
		return
	case err != nil:
		s.WriteMessage(425, "No data connection: "+err.Error())
		return
	}
	defer release() // also when move panics
	late := time.AfterFunc(c.server.config.MaxTransfer, release)
	defer late.Stop()
	s.WriteMessage(150, "Go ahead.")
	if secure, ok := conn.(*tls.Conn); ok {
		err = secure.Handshake() // which an empty file would never get to
	}
	if err == nil {
		err = move(conn, release)
	}
	if err == nil {
		err = conn.Close()
	}
	release() // before the reply: a client that is still sending looks for one only when that fails
	_, network := errors.AsType[net.Error](err)
	switch {
	case err == nil:
		s.WriteMessage(226, "Done.")
	case errors.Is(err, ErrFull):
		c.server.refused(Full, c.host)
		s.WriteMessage(452, ErrFull.Error())
	case errors.Is(err, ErrTooLarge), errors.Is(err, errDirFull):
		s.WriteMessage(552, err.Error())
	case errors.Is(err, errPastEnd):
		s.WriteMessage(554, err.Error())
	case errors.Is(err, fs.ErrNotExist):
		s.WriteMessage(550, "There is no such directory.")
	case network || errors.Is(err, io.ErrUnexpectedEOF):
		s.WriteMessage(426, "The data connection broke: "+err.Error())
	default:
		s.WriteMessage(451, err.Error())
	}
}

// listLine is how ls -l would show a file, for people and old clients.
func listLine(info os.FileInfo) string {
	when := "Jan _2 15:04"
	if time.Since(info.ModTime()) > 180*24*time.Hour {
		when = "Jan _2  2006"
	}
	return fmt.Sprintf("%s 1 store store %12d %s %s",
		info.Mode().String(), info.Size(), info.ModTime().UTC().Format(when), info.Name())
}

// factsLine is RFC 3659's form, section 7.2.
func factsLine(info os.FileInfo) string {
	kind := "file"
	if info.IsDir() {
		kind = "dir"
	}
	return fmt.Sprintf("type=%s;modify=%s;size=%d; %s",
		kind, info.ModTime().UTC().Format("20060102150405"), info.Size(), info.Name())
}
