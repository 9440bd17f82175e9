//go:build linux

package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"strconv"
	"time"
)

// pollConn is a page's connection, which only polls. It takes a tenth of the CPU time of net/http's client,
// so that the server is measured and not the client. One goroutine at a time may use it.
type pollConn struct {
	addr string
	conn net.Conn // nil: the next request dials
	r    *bufio.Reader
	out  []byte
	body []byte // of the last answer
	etag string // of the last answer that had one
}

// headers are what a browser sends with a poll.
const headers = "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36\r\n" +
	"Accept: */*\r\nAccept-Encoding: gzip, deflate\r\nAccept-Language: en\r\nConnection: keep-alive\r\n" +
	"Cache-Control: no-cache\r\nPragma: no-cache\r\nSec-Fetch-Dest: empty\r\nSec-Fetch-Mode: cors\r\nSec-Fetch-Site: same-origin\r\n" +
	"Cookie: smalti-maker=AAAAAAAAAAAAAAAAAAAAAA\r\n"

// patience is how long an answer may take.
const patience = 15 * time.Second

// get requests a path unless it still has the given ETag, and returns the status code.
func (c *pollConn) get(path, etag string) (code int, err error) {
	if c.conn == nil {
		if c.conn, err = (&net.Dialer{Timeout: patience}).DialContext(context.Background(), "tcp", c.addr); err != nil {
			return 0, err
		}
		if c.r == nil {
			c.r = bufio.NewReaderSize(c.conn, 1024)
		} else {
			c.r.Reset(c.conn)
		}
	}
	code, closes, err := c.exchange(path, etag)
	if err != nil || closes {
		c.close()
	}
	return code, err
}

func (c *pollConn) exchange(path, etag string) (code int, closes bool, err error) {
	if err := c.conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return 0, false, err
	}
	c.out = append(append(append(c.out[:0], "GET "...), path...), " HTTP/1.1\r\nHost: smalti.example\r\n"+headers...)
	if etag != "" {
		c.out = append(append(append(c.out, "If-None-Match: "...), etag...), "\r\n"...)
	}
	if _, err := c.conn.Write(append(c.out, "\r\n"...)); err != nil {
		return 0, false, err
	}
	line, err := c.r.ReadSlice('\n')
	if err != nil {
		return 0, false, err
	}
	if len(line) < 12 {
		return 0, false, fmt.Errorf("answer begins with %q", line)
	}
	if code, err = strconv.Atoi(string(line[9:12])); err != nil {
		return 0, false, fmt.Errorf("answer begins with %q", line)
	}
	length := 0
	for {
		if line, err = c.r.ReadSlice('\n'); err != nil {
			return 0, false, err
		}
		name, value, _ := bytes.Cut(bytes.TrimSpace(line), []byte(": "))
		switch string(name) {
		case "":
			c.body = append(c.body[:0], make([]byte, length)...)
			_, err := io.ReadFull(c.r, c.body)
			return code, closes, err
		case "Content-Length":
			if length, err = strconv.Atoi(string(value)); err != nil || length < 0 || length > 1<<20 {
				return 0, false, fmt.Errorf("Content-Length: %q", value)
			}
		case "Etag":
			if string(value) != c.etag {
				c.etag = string(value)
			}
		case "Connection":
			closes = string(value) == "close"
		}
	}
}

func (c *pollConn) close() {
	if c.conn != nil {
		c.conn.Close()
		c.conn = nil
	}
}
