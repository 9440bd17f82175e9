//go:build linux

package main

import (
	"bufio"
	"fmt"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"smalti/pkg/rig"
)

const (
	tokenFile  = "TOKEN-FILE" // stands for the file's name in an attack's arguments
	adminToken = "a-token-that-nobody-guesses-7Qm2xVb4Kd9sWz"
)

var rebindingAttack = attack{
	name: "rebinding", about: "a page whose name suddenly means 127.0.0.1 uses the admin listener that has no token",
	admin: []string{},
	run: func(f *field) {
		c := clientAt(attackerIP(0))
		_, port, _ := net.SplitHostPort(f.admin)
		host := "rebound.example:" + port
		asks := [][2]string{
			{"GET", "/metrics"}, {"GET", "/ops"}, {"GET", "/debug/pprof/cmdline"}, {"GET", "/debug/pprof/heap"}, {"POST", "/ops/pause"},
		}
		for i := 0; i < 500 && rig.Wait(f.ctx, 20*time.Millisecond); i++ {
			a := asks[i%len(asks)]
			f.send(c, a[0], "http://"+f.admin+a[1], nil, "Host", host, "Origin", "http://"+host, "Sec-Fetch-Site", "same-origin")
		}
	},
	judge: func(f *field, found *findings) {
		n := f.count("200") + f.count("204") + f.count("303")
		found.promise(n == 0, "%d requests were carried out", n)
	},
}

// guesses are those that were answered with no more than "wrong".
type guesses struct {
	admin, ftp atomic.Int64
	began      time.Time
	took       time.Duration
}

const (
	guessers = 8 // at each listener

	// mostGuesses is how many in a second may be tried by one client, in the long run: at that rate even
	// a password of eight random letters takes centuries.
	mostGuesses = 5
)

var passwordsAttack = attack{
	name: "passwords", about: "one client guesses the token of the admin listener and the store's password",
	admin:   []string{"-admin-token-file", tokenFile},
	prepare: func(f *field) error { f.state = &guesses{}; return nil },
	run: func(f *field) {
		g := f.state.(*guesses)
		g.began = time.Now()
		var all sync.WaitGroup
		for i := range guessers {
			all.Go(func() { g.tokens(f, i) })
			all.Go(func() { g.passwords(f, i) })
		}
		all.Wait()
		g.took = time.Since(g.began)
	},
	judge: func(f *field, found *findings) {
		g := f.state.(*guesses)
		for name, n := range map[string]int64{"tokens": g.admin.Load(), "FTP passwords": g.ftp.Load()} {
			rate := float64(n) / g.took.Seconds()
			found.promise(rate < mostGuesses, "%.1f %s tried a second", rate, name)
		}
	},
}

// tokens guesses at the admin listener.
func (g *guesses) tokens(f *field, i int) {
	c := clientAt(attackerIP(0))
	defer c.CloseIdleConnections()
	for n := 0; n < 2000 && rig.Wait(f.ctx, 5*time.Millisecond); n++ {
		if code, _ := f.send(c, "GET", "http://"+f.admin+"/metrics", nil, "Authorization", fmt.Sprintf("Bearer guess-%d-%d", i, n)); code == 401 {
			g.admin.Add(1)
		}
	}
}

// passwords guesses at the store, as often on a connection as that lasts.
func (g *guesses) passwords(f *field, i int) {
	for n := 0; n < 2000 && f.ctx.Err() == nil; {
		c, err := dialerAt(attackerIP(0)).DialContext(f.ctx, "tcp", f.StoreAddr)
		if err != nil {
			f.answered("FTP refused")
			rig.Wait(f.ctx, 100*time.Millisecond)
			continue
		}
		r := bufio.NewReader(c)
		say := func(line string) string {
			f.requests.Add(1)
			c.SetDeadline(time.Now().Add(10 * time.Second))
			n, _ := c.Write([]byte(line))
			f.sent.Add(int64(n))
			answer, _ := r.ReadString('\n')
			return answer
		}
		for greeting := say(""); strings.HasPrefix(greeting, "220") && f.ctx.Err() == nil; n++ {
			if !strings.HasPrefix(say("USER smalti\r\n"), "331") {
				break
			}
			answer := say(fmt.Sprintf("PASS guess-%d-%d\r\n", i, n))
			if !strings.HasPrefix(answer, "530") {
				break
			}
			g.ftp.Add(1)
			f.answered("FTP 530")
			rig.Wait(f.ctx, 5*time.Millisecond)
		}
		c.Close()
		f.answered("FTP closed")
		rig.Wait(f.ctx, 50*time.Millisecond)
	}
}
