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

	"smalti/pkg/pause"
)

var rebindingAttack = attack{
	name: "rebinding", about: "a page whose name suddenly means 127.0.0.1 uses the admin listener that has no token",
	admin: true,
	prepare: func(t *target) (func(), func(*findings), error) {
		run := func() {
			c := clientAt(attackerIP(0))
			_, port, _ := net.SplitHostPort(t.admin)
			host := "rebound.example:" + port
			requests := [][2]string{
				{"GET", "/metrics"}, {"GET", "/ops"}, {"GET", "/debug/pprof/cmdline"}, {"GET", "/debug/pprof/heap"}, {"POST", "/ops/pause"},
			}
			for i := 0; i < 500 && pause.For(t.ctx, 20*time.Millisecond); i++ {
				r := requests[i%len(requests)]
				t.send(c, r[0], "http://"+t.admin+r[1], nil, "Host", host, "Origin", "http://"+host, "Sec-Fetch-Site", "same-origin")
			}
		}
		return run, func(found *findings) {
			n := t.count("200", "204", "303")
			found.promise(n == 0, "%d requests were carried out", n)
		}, nil
	},
}

const (
	guessers = 8 // at each listener

	// mostGuesses is how many passwords one client may try in a second, in the long run. At that rate even a
	// password of eight random letters takes centuries.
	mostGuesses = 5
)

var passwordsAttack = attack{
	name: "passwords", about: "one client guesses the token of the admin listener and the store's password",
	admin: true, token: "a-token-that-nobody-guesses-7Qm2xVb4Kd9sWz",
	prepare: func(t *target) (func(), func(*findings), error) {
		var tokens, passwords atomic.Int64 // guesses that were answered with "wrong"
		var took time.Duration
		run := func() {
			began := time.Now()
			var all sync.WaitGroup
			for i := range guessers {
				all.Go(func() { t.guessTokens(i, &tokens) })
				all.Go(func() { t.guessPasswords(i, &passwords) })
			}
			all.Wait()
			took = time.Since(began)
		}
		return run, func(found *findings) {
			for name, n := range map[string]*atomic.Int64{"tokens": &tokens, "FTP passwords": &passwords} {
				rate := float64(n.Load()) / took.Seconds()
				found.promise(rate < mostGuesses, "%.1f %s tried a second", rate, name)
			}
		}, nil
	},
}

// guessTokens guesses at the admin listener.
func (t *target) guessTokens(i int, wrong *atomic.Int64) {
	c := clientAt(attackerIP(0))
	defer c.CloseIdleConnections()
	for n := 0; n < 2000 && pause.For(t.ctx, 5*time.Millisecond); n++ {
		if code, _ := t.send(c, "GET", "http://"+t.admin+"/metrics", nil, "Authorization", fmt.Sprintf("Bearer guess-%d-%d", i, n)); code == 401 {
			wrong.Add(1)
		}
	}
}

// guessPasswords guesses at the store.
func (t *target) guessPasswords(i int, wrong *atomic.Int64) {
	for n := 0; n < 2000 && t.ctx.Err() == nil; {
		c, err := dialerAt(attackerIP(0)).DialContext(t.ctx, "tcp", t.StoreAddr)
		if err != nil {
			t.answered("FTP refused")
			pause.For(t.ctx, 100*time.Millisecond)
			continue
		}
		n += t.guessOn(c, fmt.Sprintf("guess-%d-%d", i, n), wrong)
		_ = c.Close()
		t.answered("FTP closed")
		pause.For(t.ctx, 50*time.Millisecond)
	}
}

// guessOn guesses on one connection for as long as that lasts, and returns how often.
func (t *target) guessOn(c net.Conn, guess string, wrong *atomic.Int64) (n int) {
	r := bufio.NewReader(c)
	say := func(line string) string {
		t.requests.Add(1)
		_ = c.SetDeadline(time.Now().Add(10 * time.Second))
		_ = t.write(c, line)
		answer, _ := r.ReadString('\n') // empty if the connection is gone
		return answer
	}
	for greeting := say(""); strings.HasPrefix(greeting, "220") && t.ctx.Err() == nil; n++ {
		if !strings.HasPrefix(say("USER smalti\r\n"), "331") || !strings.HasPrefix(say(fmt.Sprintf("PASS %s-%d\r\n", guess, n)), "530") {
			break
		}
		wrong.Add(1)
		t.answered("FTP 530")
		pause.For(t.ctx, 5*time.Millisecond)
	}
	return n
}
