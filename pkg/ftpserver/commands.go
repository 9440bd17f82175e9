package ftpserver

import (
	"fmt"
	"io/fs"
	"strconv"
	"strings"
)

// command is one FTP command.
type command struct {
	run    func(c *conn, param string)
	open   bool // allowed before logging in
	param  bool // needs one
	files  bool // needs the files to be usable
	secret bool // the parameter is not for the log
}

// commands are all that the server knows. PORT and EPRT are not among them: the server never connects
// to anywhere.
var commands map[string]command

func init() { // since its functions use it
	commands = map[string]command{
		"USER": {run: (*conn).userName, open: true, param: true},
		"PASS": {run: (*conn).pass, open: true, secret: true},
		"AUTH": {run: (*conn).auth, open: true, param: true},
		"PBSZ": {run: (*conn).pbsz, open: true, param: true},
		"PROT": {run: (*conn).prot, open: true, param: true},
		"QUIT": {run: (*conn).bye, open: true},
		"FEAT": {run: (*conn).feat, open: true},
		"OPTS": {run: (*conn).opts, open: true, param: true},
		"NOOP": {run: says(200, "OK."), open: true},
		"SYST": {run: says(215, "UNIX Type: L8"), open: true},
		"ALLO": {run: says(202, "Not needed.")},
		"ABOR": {run: says(226, "Nothing to abort.")},
		"TYPE": {run: oneOf("A", "A N", "I", "L 8"), param: true},
		"MODE": {run: oneOf("S"), param: true},
		"STRU": {run: oneOf("F"), param: true},

		"EPSV": {run: (*conn).epsv},
		"PASV": {run: (*conn).pasv},
		"REST": {run: (*conn).rest, param: true},
		"RETR": {run: (*conn).retr, param: true, files: true},
		"STOR": {run: (*conn).stor, param: true, files: true},
		"APPE": {run: (*conn).appe, param: true, files: true},
		"LIST": {run: (*conn).list, files: true},
		"NLST": {run: (*conn).nlst, files: true},
		"MLSD": {run: (*conn).mlsd, files: true},

		"PWD":     {run: (*conn).pwd},
		"CWD":     {run: (*conn).cwd, param: true, files: true},
		"CDUP":    {run: func(c *conn, _ string) { c.cwd("..") }, files: true},
		"MKD":     {run: (*conn).mkd, param: true, files: true},
		"RMD":     {run: (*conn).rmd, param: true, files: true},
		"DELE":    {run: (*conn).dele, param: true, files: true},
		"RNFR":    {run: (*conn).rnfr, param: true, files: true},
		"RNTO":    {run: (*conn).rnto, param: true, files: true},
		"MLST":    {run: (*conn).mlst, files: true},
		"SIZE":    {run: (*conn).size, param: true, files: true},
		"MDTM":    {run: (*conn).mdtm, param: true, files: true},
		"XSHA256": {run: (*conn).xsha256, param: true, files: true},
	}
}

// says is a command that always has the same reply.
func says(code int, text string) func(*conn, string) {
	return func(c *conn, _ string) { c.reply(code, text) }
}

// oneOf is a command that sets what is set already: files are sent as they are, whatever their type.
func oneOf(params ...string) func(*conn, string) {
	return func(c *conn, param string) {
		for _, p := range params {
			if strings.EqualFold(p, param) {
				c.reply(200, "OK.")
				return
			}
		}
		c.reply(504, "Not implemented for that parameter.")
	}
}

func (c *conn) bye(string) {
	c.reply(221, "Goodbye.")
	c.quit = true
}

func (c *conn) feat(string) {
	lines := []string{"EPSV", "MDTM", "MLST type*;modify*;size*;", "REST STREAM", "SIZE", "XSHA256"}
	if c.server.config.TLS != nil {
		lines = append(lines, "AUTH TLS", "PBSZ", "PROT")
	}
	c.replyLines(211, "Features:", lines...)
}

func (c *conn) opts(param string) {
	if !strings.EqualFold(param, "UTF8 ON") {
		c.reply(501, "No such option.")
		return
	}
	c.reply(200, "Names are always in UTF-8.")
}

func (c *conn) pwd(string) { c.reply(257, quote(c.dir)+" is the current directory.") }

// quote is the form of a path in replies (RFC 959, appendix II).
func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

func (c *conn) cwd(param string) {
	dir := c.path(param)
	info, err := c.server.files.Stat(c.server.ctx, dir)
	if err == nil && !info.IsDir() {
		err = fmt.Errorf("not a directory: %w", fs.ErrInvalid)
	}
	if err == nil {
		c.dir = dir
	}
	c.done(250, "Directory changed.", err)
}

func (c *conn) mkd(param string) {
	dir := c.path(param)
	c.done(257, quote(dir)+" exists.", c.server.files.Mkdir(c.server.ctx, dir))
}

func (c *conn) rmd(param string) {
	c.done(250, "Directory removed.", c.server.files.RemoveDir(c.server.ctx, c.path(param)))
}

func (c *conn) dele(param string) {
	c.done(250, "File removed.", c.server.files.RemoveFile(c.server.ctx, c.path(param)))
}

func (c *conn) rnfr(param string) {
	from := c.path(param)
	_, err := c.server.files.Stat(c.server.ctx, from)
	if err == nil {
		c.next.renameFrom = from
	}
	c.done(350, "Now RNTO.", err)
}

func (c *conn) rnto(param string) {
	if c.previous.renameFrom == "" {
		c.reply(503, "RNFR comes first.")
		return
	}
	c.done(250, "Renamed.", c.server.files.Rename(c.server.ctx, c.previous.renameFrom, c.path(param)))
}

func (c *conn) mlst(param string) {
	name := c.path(param)
	info, err := c.server.files.Stat(c.server.ctx, name)
	if err != nil {
		c.fail(err)
		return
	}
	c.replyLines(250, "Facts:", facts(info)+name)
}

func (c *conn) size(param string) {
	c.fact(param, func(info fs.FileInfo) string { return strconv.FormatInt(info.Size(), 10) })
}

func (c *conn) mdtm(param string) {
	c.fact(param, func(info fs.FileInfo) string { return info.ModTime().UTC().Format(factTime) })
}

// fact replies with something about a file, but not about a directory.
func (c *conn) fact(param string, of func(fs.FileInfo) string) {
	info, err := c.server.files.Stat(c.server.ctx, c.path(param))
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("not a file: %w", fs.ErrInvalid)
	}
	if err != nil {
		c.fail(err)
		return
	}
	c.reply(213, of(info))
}

// xsha256 has no RFC. ProFTPD's mod_digest answers in this form.
func (c *conn) xsha256(param string) {
	sum, err := c.server.files.SHA256(c.server.ctx, c.path(param))
	c.done(250, sum, err)
}

// rest says where the next command begins, and only that one (RFC 3659, section 5.3).
func (c *conn) rest(param string) {
	n, err := strconv.ParseInt(param, 10, 64)
	if err != nil || n < 0 {
		c.reply(501, "REST takes a number of bytes.")
		return
	}
	c.next.offset = n
	c.reply(350, fmt.Sprintf("The next transfer starts after byte %d.", n))
}
