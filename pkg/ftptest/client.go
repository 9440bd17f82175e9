package ftptest

import (
	"fmt"
	"io"
	"net"
	"net/textproto"
	"strings"
	"testing"
	"time"
)

// clientTime is how long a test may speak to a server.
const clientTime = 20 * time.Second

// Client speaks FTP by hand. Its methods fail the test when the server does not answer as wanted.
type Client struct {
	*textproto.Conn
	Net net.Conn // the control connection below it
	T   testing.TB
}

// Dial connects to a server and reads its greeting.
func Dial(t testing.TB, addr string) *Client {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(clientTime)); err != nil {
		t.Fatal(err)
	}
	c := (&Client{Net: conn, T: t}).Over(conn)
	c.Reply("220")
	return c
}

// Over is the client speaking over another connection, such as one with TLS around it.
func (c *Client) Over(conn io.ReadWriteCloser) *Client {
	return &Client{textproto.NewConn(conn), c.Net, c.T}
}

// Login logs in.
func (c *Client) Login(user, password string) {
	c.T.Helper()
	c.Want("USER "+user, "331")
	c.Want("PASS "+password, "230")
}

// Reply reads one reply, whose code must begin with want: "5" is any refusal.
func (c *Client) Reply(want string) (text string) {
	c.T.Helper()
	code, text, err := c.ReadResponse(0)
	if err != nil {
		c.T.Fatalf("waiting for %s: %v", want, err)
	}
	if !strings.HasPrefix(fmt.Sprint(code), want) {
		c.T.Errorf("got %d %s, want %s", code, text, want)
	}
	return text
}

// Want sends a command and reads its reply, as [Client.Reply] does.
func (c *Client) Want(command, code string) (text string) {
	c.T.Helper()
	if _, err := c.W.WriteString(command + "\r\n"); err != nil {
		c.T.Fatal(err)
	}
	if err := c.W.Flush(); err != nil {
		c.T.Fatal(err)
	}
	text = c.Reply(code)
	if c.T.Failed() {
		c.T.Logf("the command was %q", command)
	}
	return text
}

// PassiveAddr asks where to make a data connection.
func (c *Client) PassiveAddr() string {
	c.T.Helper()
	_, address, _ := strings.Cut(c.Want("EPSV", "229"), "(")
	var port int
	if _, err := fmt.Sscanf(address, "|||%d|)", &port); err != nil {
		c.T.Fatal(err)
	}
	host, _, _ := net.SplitHostPort(c.Net.RemoteAddr().String())
	return net.JoinHostPort(host, fmt.Sprint(port))
}

// Passive asks for a data connection and makes it.
func (c *Client) Passive() net.Conn {
	c.T.Helper()
	conn, err := net.Dial("tcp", c.PassiveAddr())
	if err != nil {
		c.T.Fatal(err)
	}
	c.T.Cleanup(func() { _ = conn.Close() })
	return conn
}

// Store uploads a file.
func (c *Client) Store(path, data string) {
	c.T.Helper()
	conn := c.Passive()
	c.Want("STOR "+path, "150")
	if _, err := io.WriteString(conn, data); err != nil {
		c.T.Fatal(err)
	}
	_ = conn.Close()
	c.Reply("226")
}

// Fetch reads what a command such as RETR or NLST sends.
func (c *Client) Fetch(command string) string {
	c.T.Helper()
	conn := c.Passive()
	c.Want(command, "150")
	data, err := io.ReadAll(conn)
	if err != nil {
		c.T.Fatal(err)
	}
	c.Reply("226")
	return string(data)
}
