package download_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"smalti/pkg/download"
	"smalti/pkg/photo"
)

// silent listens on every address of this machine, and fails the test if anybody comes but itself.
func silent(t *testing.T) (port int) {
	t.Helper()
	l, err := net.Listen("tcp", ":0")
	if err != nil {
		t.Fatal(err)
	}
	var visitors atomic.Int32
	done, first := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			c.Close()
			if visitors.Add(1) == 1 {
				close(first)
			}
		}
	}()
	t.Cleanup(func() {
		l.Close()
		<-done
		if n := visitors.Load(); n != 1 {
			t.Errorf("the silent listener was dialled %d times", n-1)
		}
	})
	// That the listener would notice is part of the proof.
	port = l.Addr().(*net.TCPAddr).Port
	c, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		t.Fatal(err)
	}
	c.Close()
	<-first
	return port
}

// hostile are ways to write an address that is not public; PORT stands for the listener's.
var hostile = strings.Fields(`
	http://127.0.0.1:PORT/ http://127.0.0.1.:PORT/ http://127.0.0.2:PORT/ http://127.255.255.255:PORT/
	http://127.1:PORT/ http://127.0.1:PORT/ http://2130706433:PORT/ http://017700000001:PORT/
	http://0x7f000001:PORT/ http://0x7f.0.0.1:PORT/ http://0x7f.1:PORT/ http://0177.0.0.1:PORT/
	http://0177.0.0.01:PORT/ http://127.0.0.0x1:PORT/ http://0:PORT/ http://0.0.0.0:PORT/ http://0x0:PORT/
	http://00000:PORT/ http://0.0.0.0.:PORT/ http://127.0.0.1.2:PORT/ http://4294967296:PORT/ http://256.256.256.256:PORT/
	http://localhost:PORT/ http://LOCALHOST:PORT/ http://localhost.:PORT/ http://me.localhost:PORT/ http://LocalHost.:PORT/
	http://[::1]:PORT/ http://[0:0:0:0:0:0:0:1]:PORT/ http://[0000::0001]:PORT/ http://[::]:PORT/
	http://[::ffff:127.0.0.1]:PORT/ http://[::ffff:7f00:1]:PORT/ http://[0:0:0:0:0:ffff:127.0.0.1]:PORT/
	http://[::127.0.0.1]:PORT/ http://[::7f00:1]:PORT/ http://[64:ff9b::127.0.0.1]:PORT/ http://[64:ff9b::7f00:1]:PORT/
	http://[64:ff9b:1::7f00:1]:PORT/ http://[2002:7f00:1::]:PORT/ http://[2002:7f00:1::1]:PORT/
	http://[2001:0:7f00:1::]:PORT/ http://[2001::1]:PORT/ http://[2a00::5efe:7f00:1]:PORT/ http://[2a00::200:5efe:7f00:1]:PORT/
	http://[fe80::1]:PORT/ http://[fe80::1%25lo]:PORT/ http://[::1%25lo]:PORT/ http://[fc00::1]:PORT/ http://[fd12:3456:789a::1]:PORT/
	http://[fec0::1]:PORT/ http://[ff02::1]:PORT/ http://[100::1]:PORT/ http://[2001:db8::1]:PORT/ http://[3fff::1]:PORT/
	http://10.0.0.1:PORT/ http://10.255.255.255:PORT/ http://172.16.0.1:PORT/ http://172.31.255.254:PORT/ http://192.168.1.1:PORT/
	http://169.254.169.254/latest/meta-data/ http://169.254.170.2/ http://[fd00:ec2::254]/ http://[::ffff:169.254.169.254]/
	http://2852039166/ http://0xa9fea9fe/ http://0251.0376.0251.0376/ http://100.64.0.1:PORT/ http://100.100.100.200/
	http://192.0.0.192/ http://192.0.2.1:PORT/ http://198.18.0.1:PORT/ http://198.51.100.1:PORT/ http://203.0.113.1:PORT/
	http://224.0.0.1:PORT/ http://240.0.0.1:PORT/ http://255.255.255.255:PORT/ http://192.88.99.1:PORT/
	http://user@127.0.0.1:PORT/ http://example.org@127.0.0.1:PORT/ http://user:secret@[::1]:PORT/
	https://127.0.0.1:PORT/ https://localhost:PORT/ https://[::1]:PORT/
	http://①②⑦.⓪.⓪.①:PORT/ http://127。0。0。1:PORT/
	http://metadata.google.internal:PORT/computeMetadata/v1/ http://metadata.google.internal.:PORT/ http://metadata:PORT/
	http://METADATA.Google.Internal/ http://router.local:PORT/ http://nas.home.arpa/ http://intranet/ http://printer.lan/
	http://127.0.0.1%2eexample.org:PORT/ http://%31%32%37.0.0.1:PORT/ http://127%2e0%2e0%2e1:PORT/ http://127.0.0.1%00.example.org/
	http://127.0.0.1%20:PORT/ http://[::1%2525lo]:PORT/ http://[::1]%20:PORT/ http://127.0.0.1:PORT%2f@example.org/
	http://１２７.０.０.１:PORT/ http://127．0．0．1:PORT/ http://127｡0｡0｡1:PORT/ http://٠x7f000001:PORT/ http://[::①]:PORT/
	http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ:PORT/ http://:PORT/ http:///x http:// http:127.0.0.1:PORT //127.0.0.1:PORT/ http:\\\\127.0.0.1:PORT/
	http://example.org@@127.0.0.1:PORT/ http://127.0.0.1:PORT#@example.org/ http://127.0.0.1:PORT\\@example.org/
	http://127.0.0.1:0/ http://127.0.0.1:65536/ http://127.0.0.1:-1/ http://example.org:22/ http://example.org:25/ http://example.org:6379/
	https://example.org:8443/ http://example.org:PORT1/ http://[64:ff9b::a9fe:a9fe]/ http://[2002:a9fe:a9fe::1]/
	ftp://127.0.0.1:PORT/ gopher://127.0.0.1:PORT/_x file:///etc/passwd unix:///var/run/x.sock dict://127.0.0.1:PORT/
	data:image/png;base64,iVBORw0KGgo= javascript:alert(1) ldap://127.0.0.1:PORT/ jar:http://127.0.0.1:PORT/!/ FILE:///etc/passwd
`)

// anyPort lets through the listener's own port, so that it is the address that is refused.
func anyPort(port int) []string { return []string{"80", "443", fmt.Sprint(port)} }

func TestNoPrivateAddressIsDialled(t *testing.T) {
	if len(hostile) < 120 {
		t.Fatalf("only %d hostile addresses", len(hostile))
	}
	port := silent(t)
	useResolver(t, resolvePublic)
	d := download.New(download.Config{Proxy: noProxy, Ports: anyPort(port), Backoff: time.Millisecond})
	defer d.Close()
	var dialled []string
	d.OnDial(func(address string) error {
		dialled = append(dialled, address)
		return errors.New("nothing is dialled in this test")
	})
	// That the hook would notice is part of the proof.
	if d.Get(t.Context(), mustURL(t, "http://photos.example.org/")); len(dialled) == 0 || dialled[0] != public+":80" {
		t.Fatalf("of a public name, %q was dialled", dialled)
	}
	dialled = nil
	for _, s := range hostile {
		s = strings.Replace(s, "PORT", fmt.Sprint(port), 1)
		u, err := url.Parse(s)
		if err != nil {
			continue // never becomes a request
		}
		data, err := d.Get(t.Context(), u)
		e, ok := errors.AsType[*photo.Error](err)
		if !ok || e.Kind != photo.Refused && e.Kind != photo.Unreachable {
			t.Errorf("%s: got %d bytes, %v", s, len(data), err)
		}
		if len(dialled) > 0 {
			t.Errorf("%s: dialled %q", s, dialled)
			dialled = nil
		}
	}
}

// public stands for an address of the internet; no test dials it.
const public = "93.184.216.34"

func resolvePublic(name string) net.IP {
	if strings.Contains(name, "example") {
		return net.ParseIP(public)
	}
	return nil
}

// TestNamesOfPrivateAddresses: a harmless name whose server answers with a private address, at once
// or the second time, gains nothing, because the address is looked at when it is dialled.
func TestNamesOfPrivateAddresses(t *testing.T) {
	port := silent(t)
	for _, ip := range []string{"127.0.0.1", "127.8.8.8", "::1", "0.0.0.0", "10.1.2.3", "169.254.169.254", "fd00::1", "::ffff:127.0.0.1"} {
		useResolver(t, func(string) net.IP { return net.ParseIP(ip) })
		d := download.New(download.Config{Proxy: noProxy, Ports: anyPort(port), Backoff: time.Millisecond})
		_, err := d.Get(t.Context(), mustURL(t, fmt.Sprintf("http://photos.example.:%d/", port)))
		if e, ok := errors.AsType[*photo.Error](err); !ok || e.Kind != photo.Refused {
			t.Errorf("name of %s: got %v, want it refused", ip, err)
		}
		d.Close()
	}
}

// TestRedirectsToPrivateAddresses comes from a public place, which a proxy plays here, and is sent
// to each hostile address.
func TestRedirectsToPrivateAddresses(t *testing.T) {
	port := silent(t)
	useResolver(t, resolvePublic)
	var to atomic.Value
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasSuffix(r.URL.Host, ".photos.example") {
			t.Errorf("the proxy was asked for %s", r.URL)
		}
		w.Header().Set("Location", to.Load().(string))
		w.WriteHeader(http.StatusFound)
	}))
	defer proxy.Close()
	for name, choose := range map[string]func(*http.Request) (*url.URL, error){
		"all through the proxy": http.ProxyURL(mustURL(t, proxy.URL)),
		"the rest without": func(r *http.Request) (*url.URL, error) {
			if strings.HasSuffix(r.URL.Host, ".photos.example") {
				return url.Parse(proxy.URL)
			}
			return nil, nil
		},
	} {
		d := download.New(download.Config{Proxy: choose, Ports: anyPort(port), Backoff: time.Millisecond})
		d.OnDial(func(address string) error {
			t.Errorf("%s was dialled", address)
			return errors.New("nothing is dialled in this test")
		})
		for i, s := range hostile {
			to.Store(strings.Replace(s, "PORT", fmt.Sprint(port), 1))
			// Each on a host of its own: one that failed is asked again after a pause.
			_, err := d.Get(t.Context(), mustURL(t, fmt.Sprintf("http://%d.photos.example/a.jpg", i)))
			if e, ok := errors.AsType[*photo.Error](err); !ok || e.Kind != photo.Refused && e.Kind != photo.Unreachable {
				t.Errorf("%s: %s: got %v", name, s, err)
			}
		}
		d.Close()
	}
}

// TestAProxyIsNotAskedForPrivateNames: what a proxy would dial is resolved here first.
func TestAProxyIsNotAskedForPrivateNames(t *testing.T) {
	asked := 0
	proxy := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked++ }))
	defer proxy.Close()
	for _, tc := range []struct {
		ip   string
		kind photo.Kind
	}{{"10.0.0.1", photo.Refused}, {"::1", photo.Refused}, {"169.254.169.254", photo.Refused}, {"", photo.Unreachable}, {public, photo.Empty}} {
		useResolver(t, func(string) net.IP { return net.ParseIP(tc.ip) })
		d := download.New(download.Config{Proxy: http.ProxyURL(mustURL(t, proxy.URL)), Tries: 1})
		_, err := d.Get(t.Context(), mustURL(t, "http://photos.example/"))
		if e, ok := errors.AsType[*photo.Error](err); !ok || e.Kind != tc.kind {
			t.Errorf("name of %q: got %v, want %s", tc.ip, err, tc.kind)
		}
		d.Close()
	}
	if asked != 1 {
		t.Errorf("the proxy was asked %d times, want once", asked)
	}
}

// TestRebinding: a name that was public a moment ago is judged anew at every dial.
func TestRebinding(t *testing.T) {
	port := silent(t)
	var answers atomic.Int32
	useResolver(t, func(string) net.IP {
		if answers.Add(1) <= 2 { // A and AAAA of the first question
			return net.ParseIP(public)
		}
		return net.IPv4(127, 0, 0, 1)
	})
	d := download.New(download.Config{Proxy: noProxy, Ports: anyPort(port), Backoff: time.Millisecond, Tries: 2})
	defer d.Close()
	var dialled []string
	d.OnDial(func(address string) error {
		dialled = append(dialled, address)
		return syscall.ECONNRESET // so that it is tried again
	})
	_, err := d.Get(t.Context(), mustURL(t, fmt.Sprintf("http://photos.example:%d/", port)))
	if e, ok := errors.AsType[*photo.Error](err); !ok || e.Kind != photo.Refused || len(dialled) != 1 || answers.Load() < 3 {
		t.Errorf("got %v after dialling %q, and %d answers", err, dialled, answers.Load())
	}
}

// useResolver answers every question for a name in this test, and asks no server.
func useResolver(t *testing.T, answer func(name string) net.IP) {
	t.Helper()
	old := net.DefaultResolver
	t.Cleanup(func() { net.DefaultResolver = old })
	net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		client, server := net.Pipe()
		go serveDNS(server, answer)
		return client, nil
	}}
}

// serveDNS answers one question (RFC 1035), over what the resolver takes for TCP: with a length in
// front.
func serveDNS(c net.Conn, answer func(string) net.IP) {
	defer c.Close()
	length := make([]byte, 2)
	for {
		if _, err := io.ReadFull(c, length); err != nil {
			return
		}
		q := make([]byte, binary.BigEndian.Uint16(length))
		if _, err := io.ReadFull(c, q); err != nil {
			return
		}
		end := 12
		for q[end] != 0 {
			end += 1 + int(q[end])
		}
		kind := binary.BigEndian.Uint16(q[end+1:])
		ip := answer(string(q[12:end]))
		reply := append([]byte{q[0], q[1], 0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0}, q[12:end+5]...)
		if v4 := ip.To4(); v4 != nil && kind == 1 {
			ip, reply[7] = v4, 1
		} else if v4 == nil && ip != nil && kind == 28 {
			reply[7] = 1
		} else {
			ip = nil
		}
		if ip != nil {
			reply = append(reply, 0xC0, 12, 0, byte(kind), 0, 1, 0, 0, 0, 0, 0, byte(len(ip)))
			reply = append(reply, ip...)
		}
		c.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(reply))), reply...))
	}
}
