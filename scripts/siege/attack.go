//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"smalti/pkg/rig"
)

// attack is something that one client, or a few, could do to everybody else.
type attack struct {
	name, about string
	webs        int                     // web servers; 0 means one
	admin       []string                // arguments for an admin listener of the first one; nil: none
	prepare     func(*field) error      // before anybody is measured; may be nil
	run         func(*field)            // returns when the attack is over, or its context has ended
	judge       func(*field, *findings) // after run; may be nil
}

// attacks are all of them.
var attacks = []attack{
	errorsAttack, readersAttack, zipsAttack, declaredAttack, trickleAttack, packagesAttack,
	mosaicsAttack, rebindingAttack, passwordsAttack, thirdPartyAttack, keysAttack,
}

func attackNames() (names []string) {
	for _, a := range attacks {
		names = append(names, a.name)
	}
	return names
}

// findings are what an attack cost, and which promises of its own are broken.
type findings struct{ costs, broken []string }

func (f *findings) cost(format string, args ...any) {
	f.costs = append(f.costs, fmt.Sprintf(format, args...))
}

// promise notes a fact, and that it should not be so where it does not hold.
func (f *findings) promise(holds bool, format string, args ...any) {
	f.cost(format, args...)
	if !holds {
		f.broken = append(f.broken, fmt.Sprintf(format, args...))
	}
}

const (
	workers = 2

	// settle is how long honest people use the system before the attack begins.
	settle = 2 * time.Second

	// patience is how long what honest people were promised may take after the attack.
	patience = 90 * time.Second

	// tooMuch ends an attack that has done enough, before the machine suffers.
	tooMuch = 3 << 30
)

// engage starts a system below dir and attacks it.
func (c *settings) engage(ctx context.Context, a attack, programs, dir string) (r report, err error) {
	if err := os.Mkdir(dir, 0o700); err != nil {
		return r, err
	}
	defer os.RemoveAll(dir)
	f := &field{settings: c, dir: dir, starts: &starts{}}
	defer f.close()
	if err := f.open(a, programs); err != nil {
		return r, err
	}
	if c.logs != "" {
		defer func() { err = errors.Join(err, f.KeepLogs(filepath.Join(c.logs, a.name))) }()
	}
	everything, end := context.WithTimeout(ctx, c.lasts+2*patience+2*time.Minute)
	defer end()
	f.ctx = everything
	if a.prepare != nil {
		if err := a.prepare(f); err != nil {
			return r, fmt.Errorf("preparing: %w", err)
		}
	}
	h := newHonest(f)
	if err := h.warmUp(everything); err != nil {
		return r, fmt.Errorf("before the attack: %w", err)
	}
	attacking, stop := context.WithCancel(everything)
	defer stop()
	peak := watchMemory(f.Webs, func() { stop() })
	coming, enough := context.WithCancel(everything)
	defer enough()
	h.come(coming, everything)
	rig.Wait(attacking, settle)

	f.ctx, f.stop = context.WithTimeout(attacking, c.lasts)
	began := time.Now()
	a.run(f)
	f.stop()
	took := time.Since(began)
	var found findings
	f.ctx = everything
	if a.judge != nil {
		a.judge(f, &found)
	}
	enough()
	h.wait()
	for _, m := range f.Webs {
		if m.Died() {
			found.promise(false, "%s ended", m.Name)
		}
	}
	r = report{attack: a.name, took: took, sent: f.told(), findings: found, peak: peak(), honest: h.stats.result(), postcard: int(h.worst.Load())}
	r.failures = h.stats.failures
	return r, nil
}

// open starts the system, and what stands around it.
func (f *field) open(a attack, programs string) (err error) {
	if f.photos, err = rig.ServePhotos(rig.ServerIP, 0); err != nil {
		return err
	}
	if f.slow, err = rig.ServePhotos(thirdPartyIP, 20*time.Millisecond); err != nil {
		return err
	}
	data := filepath.Join(f.dir, "data")
	if err := os.Mkdir(data, 0o700); err != nil {
		return err
	}
	c := rig.Config{
		Dir: data, Webs: max(a.webs, 1), Workers: workers, Limited: true,
		Cache:     true, // so that the queue's Redis shows what waiting mosaics cost
		WorkerEnv: []string{"GOMAXPROCS=1"},
		Watch:     func(string) io.Writer { return f.starts.watch() },
	}
	if c.Webs > 1 {
		c.Store = rig.ApartStore
	}
	if a.admin != nil {
		if f.admin, err = freeAddress(); err != nil {
			return err
		}
		secret := filepath.Join(f.dir, "token")
		if err := os.WriteFile(secret, []byte(adminToken+"\n"), 0o600); err != nil {
			return err
		}
		c.WebArgs = []string{"-admin", f.admin}
		for _, arg := range a.admin {
			if arg == tokenFile {
				arg = secret
			}
			c.WebArgs = append(c.WebArgs, arg)
		}
	}
	f.System, err = rig.Start(programs, c)
	return err
}
