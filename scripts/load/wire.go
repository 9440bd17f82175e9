//go:build linux

package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"strconv"
	"time"
)

// wire is a connection of one page's, which asks for nothing but polls. It takes a tenth of what
// net/http's client takes, so that what is measured is the server. It is for one goroutine.
type wire struct {
	addr string
	conn net.Conn // nil: it is dialled with the next request
	r    *bufio.Reader
	out  []byte
	body []byte // of the last answer
	tag  string // of the last answer that had one
}

// headers are what a browser sends with a poll.
const headers = "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36\r\n" +
	"Accept: */*\r\nAccept-Encoding: gzip, deflate\r\nAccept-Language: en\r\nConnection: keep-alive\r\n" +
	"Cache-Control: no-cache\r\nPragma: no-cache\r\nSec-Fetch-Dest: empty\r\nSec-Fetch-Mode: cors\r\nSec-Fetch-Site: same-origin\r\n" +
	"Cookie: smalti-maker=AAAAAAAAAAAAAAAAAAAAAA\r\n"

// patience is how long an answer may take.
const patience = 15 * time.Second

// get asks for a path, unless it still is what tag stands for, and returns the status.
func (w *wire) get(path, tag string) (code int, err error) {
	if w.conn == nil {
		if w.conn, err = net.DialTimeout("tcp", w.addr, patience); err != nil {
			return 0, err
		}
		if w.r == nil {
			w.r = bufio.NewReaderSize(w.conn, 1024)
		} else {
			w.r.Reset(w.conn)
		}
	}
	code, closes, err := w.exchange(path, tag)
	if err != nil || closes {
		w.close()
	}
	return code, err
}

func (w *wire) exchange(path, tag string) (code int, closes bool, err error) {
	w.conn.SetDeadline(time.Now().Add(patience))
	w.out = append(append(append(w.out[:0], "GET "...), path...), " HTTP/1.1\r\nHost: smalti.example\r\n"+headers...)
	if tag != "" {
		w.out = append(append(append(w.out, "If-None-Match: "...), tag...), "\r\n"...)
	}
	if _, err := w.conn.Write(append(w.out, "\r\n"...)); err != nil {
		return 0, false, err
	}
	line, err := w.r.ReadSlice('\n')
	if err != nil {
		return 0, false, err
	}
	if len(line) < 12 {
		return 0, false, fmt.Errorf("the answer begins with %q", line)
	}
	if code, err = strconv.Atoi(string(line[9:12])); err != nil {
		return 0, false, fmt.Errorf("the answer begins with %q", line)
	}
	length := 0
	for {
		if line, err = w.r.ReadSlice('\n'); err != nil {
			return 0, false, err
		}
		name, value, _ := bytes.Cut(bytes.TrimSpace(line), []byte(": "))
		switch string(name) {
		case "":
			w.body = append(w.body[:0], make([]byte, length)...)
			_, err := io.ReadFull(w.r, w.body)
			return code, closes, err
		case "Content-Length":
			if length, err = strconv.Atoi(string(value)); err != nil || length < 0 || length > 1<<20 {
				return 0, false, fmt.Errorf("a content of %q bytes", value)
			}
		case "Etag":
			if string(value) != w.tag {
				w.tag = string(value)
			}
		case "Connection":
			closes = string(value) == "close"
		}
	}
}

func (w *wire) close() {
	if w.conn != nil {
		w.conn.Close()
		w.conn = nil
	}
}
