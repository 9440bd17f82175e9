package idleconn_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"testing"
	"time"

	"smalti/pkg/idleconn"
)

func Example() {
	conn, silent := net.Pipe()
	defer func() { _ = silent.Close() }()
	c := &idleconn.Conn{Conn: conn, Idle: time.Millisecond, OnSilent: func() { fmt.Println("silent") }}
	_, err := c.Read(make([]byte, 1))
	fmt.Println(errors.Is(err, os.ErrDeadlineExceeded))
	// Output:
	// silent
	// true
}

// Only an end passes for the end of a file; a reset does not.
func TestReset(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for _, reset := range []bool{false, true} {
		client, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer client.Close()
		server, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		c := &idleconn.Conn{Conn: server, Idle: time.Minute}
		if reset {
			c.Reset()
		} else {
			_ = c.Close()
		}
		if _, err := client.Read(make([]byte, 1)); errors.Is(err, io.EOF) == reset {
			t.Errorf("reset: %v, the other side sees %v", reset, err)
		}
	}
}
