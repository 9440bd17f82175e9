package faultproxy_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"smalti/pkg/faultproxy"
	"smalti/pkg/testenv"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// echo is a server that answers each line with its name and the line.
func echo(t *testing.T, name string) (addr string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				for in := bufio.NewScanner(c); in.Scan(); {
					fmt.Fprintf(c, "%s %s\n", name, in.Text())
				}
			}()
		}
	}()
	return l.Addr().String()
}

// talker is a client.
type talker struct {
	*net.TCPConn
	in *bufio.Reader
}

func dial(t *testing.T, p *faultproxy.Proxy) talker {
	t.Helper()
	c, err := net.Dial("tcp", p.Addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return talker{c.(*net.TCPConn), bufio.NewReader(c)}
}

// ask says a word and returns the answer.
func (c talker) ask(word string) (string, error) {
	fmt.Fprintln(c, word)
	line, err := c.in.ReadString('\n')
	return strings.TrimSpace(line), err
}

func (c talker) expect(t *testing.T, word, want string) {
	t.Helper()
	if got, err := c.ask(word); got != want || err != nil {
		t.Errorf("%q, %v; want %q", got, err, want)
	}
}

func TestConnectionsAreForwardedAndCounted(t *testing.T) {
	p := faultproxy.Start(t, echo(t, "a"))
	one, two := dial(t, p), dial(t, p)
	one.expect(t, "hello", "a hello")
	two.expect(t, "hello", "a hello")
	if n := p.Open(); n != 2 {
		t.Errorf("%d are open", n)
	}
	// The end of what one side says is passed on, and the other may still answer.
	fmt.Fprint(one, "last words")
	one.CloseWrite()
	if rest, err := io.ReadAll(one.in); string(rest) != "a last words\n" || err != nil {
		t.Errorf("%q, %v", rest, err)
	}
	testenv.WaitFor(t, "one to be closed", func() bool { return p.Open() == 1 })
}

func TestCutAndRefuse(t *testing.T) {
	p := faultproxy.Start(t, echo(t, "a"))
	c := dial(t, p)
	c.expect(t, "hello", "a hello")
	p.Cut()
	if _, err := c.ask("hello"); err == nil {
		t.Error("a connection outlived the cut")
	}
	dial(t, p).expect(t, "hello", "a hello")
	p.Refuse(true)
	expectRefused(t, p)
	p.Refuse(false)
	dial(t, p).expect(t, "hello", "a hello")
}

// expectRefused expects a new connection to be reset, while it is being made or after.
func expectRefused(t *testing.T, p *faultproxy.Proxy) {
	t.Helper()
	c, err := net.Dial("tcp", p.Addr)
	if err != nil {
		return
	}
	defer c.Close()
	if _, err := io.ReadFull(c, make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("%v, want a reset", err)
	}
}

func TestSetUpstream(t *testing.T) {
	p := faultproxy.Start(t, "")
	expectRefused(t, p)
	p.SetUpstream(echo(t, "a"))
	c := dial(t, p)
	c.expect(t, "hello", "a hello")
	p.SetUpstream(echo(t, "b"))
	if _, err := c.ask("hello"); err == nil {
		t.Error("a connection to the former server is still open")
	}
	dial(t, p).expect(t, "hello", "b hello")
}

func TestReset(t *testing.T) {
	p := faultproxy.Start(t, echo(t, "a"))
	c := dial(t, p)
	c.expect(t, "hello", "a hello")
	asked := make(chan bool)
	p.On(faultproxy.Server, "meanwhile", func() bool { close(asked); return true })
	go p.Reset(50 * time.Millisecond)
	if answer, err := c.ask("meanwhile"); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("%q, %v; want a reset", answer, err)
	}
	<-asked // the request arrived, and its answer was dropped
	dial(t, p).expect(t, "hello", "a hello")
}

func TestStall(t *testing.T) {
	p := faultproxy.Start(t, echo(t, "a"))
	c := dial(t, p)
	c.expect(t, "hello", "a hello")
	p.Stall()
	for name, c := range map[string]talker{"an open connection": c, "a new one": dial(t, p)} {
		c.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
		if answer, err := c.ask("silence"); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("%s: %q, %v; want silence", name, answer, err)
		}
		c.SetReadDeadline(time.Time{})
	}
	p.Resume()
	if line, err := c.in.ReadString('\n'); line != "a silence\n" || err != nil {
		t.Errorf("afterwards: %q, %v", line, err)
	}
}

func TestDelay(t *testing.T) {
	p := faultproxy.Start(t, echo(t, "a"))
	c := dial(t, p)
	p.SetDelay(30 * time.Millisecond)
	start := time.Now()
	c.expect(t, "hello", "a hello")
	if took := time.Since(start); took < 60*time.Millisecond {
		t.Errorf("there and back took %v", took)
	}
}

func TestTriggers(t *testing.T) {
	p := faultproxy.Start(t, echo(t, "a"))
	c := dial(t, p)
	heard := 0
	p.On(faultproxy.Client, "password", func() bool { heard++; return true })
	c.expect(t, "password", "a password")
	c.expect(t, "password", "a password")
	if heard != 1 {
		t.Errorf("called %d times, want once", heard)
	}
	p.After(faultproxy.Server, 20, func() bool { return false })
	c.expect(t, "0123456789", "a 0123456789") // 13 bytes
	if answer, err := c.ask("0123456789"); err == nil {
		t.Errorf("after 20 bytes: %q", answer)
	}
}

// The data connections of FTP go through the proxy, and its faults apply to them.
func TestFTP(t *testing.T) {
	data, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer data.Close()
	got := make(chan string, 2)
	go func() {
		for {
			c, err := data.Accept()
			if err != nil {
				return
			}
			b, _ := io.ReadAll(c)
			c.Close()
			got <- string(b)
		}
	}()
	p := faultproxy.StartFTP(t, echo(t, "229 Entering"))
	c := dial(t, p)
	upload := func(text string) {
		answer, err := c.ask(fmt.Sprintf("(|||%d|)", data.Addr().(*net.TCPAddr).Port))
		if err != nil {
			t.Fatal(err)
		}
		var port int
		if _, err := fmt.Sscanf(answer, "229 Entering Extended Passive Mode (|||%d|)", &port); err != nil || port == data.Addr().(*net.TCPAddr).Port {
			t.Fatalf("%q, %v: the data connection does not go through the proxy", answer, err)
		}
		d, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprint(d, text)
		d.Close()
	}
	upload("photo")
	if text := <-got; text != "photo" {
		t.Errorf("%q arrived", text)
	}
	p.On(faultproxy.Data, "photo", func() bool { return false })
	upload("photo")
	if text := <-got; text != "" {
		t.Errorf("%q arrived", text)
	}
}
