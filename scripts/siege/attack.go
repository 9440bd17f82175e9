//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"smalti/pkg/harness"
	"smalti/pkg/pause"
)

// attack is something that one client, or a few, could do to everybody else.
type attack struct {
	name, about string
	webs        int    // web servers; 0 means one
	admin       bool   // the web server has an admin listener
	token       string // of the admin listener; may be empty

	// prepare makes what the attack needs, before anything is measured. It returns the attack itself, which
	// returns once it is over or t.ctx has ended, and its own promises, which may be nil.
	prepare func(t *target) (run func(), judge func(*findings), err error)
}

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

// findings are what an attack cost, and its own promises that are broken.
type findings struct{ costs, broken []string }

func (f *findings) cost(format string, args ...any) {
	f.costs = append(f.costs, fmt.Sprintf(format, args...))
}

// promise notes a fact, and whether it is as promised.
func (f *findings) promise(kept bool, format string, args ...any) {
	f.cost(format, args...)
	if !kept {
		f.broken = append(f.broken, fmt.Sprintf(format, args...))
	}
}

const (
	workers = 2

	// settle is how long honest people use the system before the attack begins.
	settle = 2 * time.Second

	// patience is how long an honest mosaic may take after the attack.
	patience = 90 * time.Second

	// tooMuchMemory ends an attack that has done enough, before the machine suffers.
	tooMuchMemory = 3 << 30
)

// attack starts a system and attacks it.
func (c *settings) attack(ctx context.Context, a attack) (r report, err error) {
	t, err := c.start(a)
	if err != nil {
		return r, err
	}
	defer t.stop()
	if c.logs != "" {
		defer func() { err = errors.Join(err, t.KeepLogs(filepath.Join(c.logs, a.name))) }()
	}
	everything, end := context.WithTimeout(ctx, c.duration+2*patience+2*time.Minute)
	defer end()
	t.ctx = everything
	run, judge, err := a.prepare(t)
	if err != nil {
		return r, fmt.Errorf("preparing: %w", err)
	}
	h := &honest{target: t}
	if err := h.warmUp(everything); err != nil {
		return r, fmt.Errorf("before the attack: %w", err)
	}
	attacking, stop := context.WithTimeout(everything, settle+c.duration)
	defer stop()
	peak := watchMemory(t.Webs, stop)
	coming, enough := context.WithCancel(everything)
	defer enough()
	h.come(coming, everything)
	pause.For(attacking, settle)

	t.ctx = attacking
	began := time.Now()
	run()
	stop()
	r = report{attack: a.name, took: time.Since(began), sent: t.summary()}
	t.ctx = everything
	if judge != nil {
		judge(&r.findings)
	}
	enough()
	h.busy.Wait()
	for _, p := range t.Webs {
		if p.Died() {
			r.findings.promise(false, "%s ended", p.Name)
		}
	}
	r.peak, r.honest, r.failures, r.postcard = peak(), h.stats.result(), h.stats.failures, int(h.worstPlace.Load())
	return r, nil
}

// start starts the system, and a third party's host of photos.
func (c *settings) start(a attack) (t *target, err error) {
	t = &target{settings: c, starts: &jobStarts{}}
	defer func() {
		if err != nil {
			t.stop()
		}
	}()
	if t.thirdParty, err = harness.ServePhotos(thirdPartyIP, 0, 20*time.Millisecond); err != nil {
		return nil, err
	}
	h := harness.Config{
		Programs: c.programs, Dir: c.dir, Webs: max(a.webs, 1), Workers: workers, Limited: true, Started: t.starts.started,
		Cache:     true, // so that the queue's Redis shows what waiting mosaics cost
		WorkerEnv: []string{"GOMAXPROCS=1"},
	}
	if h.Webs > 1 {
		h.Store = harness.StoreSeparate
	}
	if a.admin {
		if t.admin, err = harness.FreeAddr(); err != nil {
			return nil, err
		}
		h.WebArgs = []string{"-admin", t.admin}
	}
	if a.token != "" {
		file := filepath.Join(c.programs, "token")
		if err := os.WriteFile(file, []byte(a.token+"\n"), 0o600); err != nil {
			return nil, err
		}
		h.WebArgs = append(h.WebArgs, "-admin-token-file", file)
	}
	t.System, err = harness.Start(h)
	return t, err
}

// watchMemory reads the memory of processes until peak is called, which returns the most that one of them
// had, in bytes. It calls over when that is too much for the machine.
func watchMemory(processes []*harness.Process, over func()) (peak func() int64) {
	var most int64
	read := func() {
		for _, p := range processes {
			if u, err := p.Usage(); err == nil {
				most = max(most, u.Peak)
			}
		}
	}
	ctx, stop := context.WithCancel(context.Background())
	var watching sync.WaitGroup
	watching.Go(func() {
		for pause.For(ctx, 200*time.Millisecond) {
			if read(); most > tooMuchMemory {
				over()
			}
		}
	})
	return func() int64 {
		stop()
		watching.Wait()
		read()
		return most
	}
}
