//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync/atomic"

	"smalti/pkg/harness"
)

// system is a system with a clock for Redis.
type system struct {
	*harness.System
	clock    *clock // nil without libfaketime
	programs string
	crashes  atomic.Int64 // processes that ended by themselves
}

// start builds and starts everything. The caller must stop it.
func (c settings) start(ctx context.Context, recovery *recoveryTimer, stderr io.Writer) (s *system, err error) {
	s = &system{}
	if s.programs, err = harness.Build(ctx, "", c.dir); err != nil {
		return nil, err
	}
	h := harness.Config{
		Programs: s.programs, Dir: c.dir, Webs: c.webs, Workers: c.workers, Proxies: true, Started: recovery.started,
		WorkerEnv: []string{"GOMAXPROCS=1"}, // there are many of them
		WebArgs:   []string{"-max-waiting", fmt.Sprint(c.maxWaiting)},
	}
	if c.vsftpd {
		h.Store = harness.StoreVSFTPD
	}
	if s.clock, err = newClock(s.programs); s.clock != nil {
		h.RedisEnv = s.clock.env()
	} else {
		fmt.Fprintln(stderr, "libfaketime is not installed; Redis's clock is left alone")
	}
	if err == nil {
		s.System, err = harness.Start(h)
	}
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(s.programs))
	}
	return s, nil
}

func (s *system) stop() error {
	s.Stop()
	return os.RemoveAll(s.programs)
}
