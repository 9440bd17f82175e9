package ftpserver

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"net"
	"strings"
	"time"
)

func (c *conn) retr(param string) {
	file, err := c.server.files.Open(c.server.ctx, c.path(param), c.previous.offset)
	if err != nil {
		c.closePassive()
		c.fail(err)
		return
	}
	defer file.Close()
	c.transfer(func(data net.Conn, _ func()) error {
		_, err := io.Copy(data, file)
		return err
	})
}

func (c *conn) stor(param string) { c.receive(param, c.previous.offset) }
func (c *conn) appe(param string) { c.receive(param, AtEnd) }

func (c *conn) receive(param string, offset int64) {
	receive, err := c.server.files.Create(c.server.ctx, c.path(param), offset)
	if err != nil {
		c.closePassive()
		c.reply(553, err.Error())
		return
	}
	c.transfer(func(data net.Conn, cut func()) error { return receive(data, cut) })
}

func (c *conn) list(param string) { c.listing(param, listLine) }
func (c *conn) nlst(param string) { c.listing(param, fs.FileInfo.Name) }
func (c *conn) mlsd(param string) {
	c.listing(param, func(info fs.FileInfo) string { return facts(info) + info.Name() })
}

func (c *conn) listing(param string, line func(fs.FileInfo) string) {
	for strings.HasPrefix(param, "-") { // such as LIST -la
		_, param, _ = strings.Cut(param, " ")
	}
	entries, err := c.server.files.ReadDir(c.server.ctx, c.path(param))
	if err != nil {
		c.closePassive()
		c.fail(err)
		return
	}
	var out bytes.Buffer
	for _, info := range entries {
		out.WriteString(line(info) + "\r\n")
	}
	c.transfer(func(data net.Conn, _ func()) error {
		_, err := data.Write(out.Bytes())
		return err
	})
}

// listLine is how ls -l shows a file, for people and old clients.
func listLine(info fs.FileInfo) string {
	when := "Jan _2 15:04"
	if time.Since(info.ModTime()) > 180*24*time.Hour {
		when = "Jan _2  2006"
	}
	return fmt.Sprintf("%s 1 smalti store %12d %s %s",
		info.Mode().String(), info.Size(), info.ModTime().UTC().Format(when), info.Name())
}

const factTime = "20060102150405" // RFC 3659, section 2.3

// facts are those of RFC 3659, section 7.2, and end with a space.
func facts(info fs.FileInfo) string {
	kind := "file"
	if info.IsDir() {
		kind = "dir"
	}
	return fmt.Sprintf("type=%s;modify=%s;size=%d; ", kind, info.ModTime().UTC().Format(factTime), info.Size())
}
