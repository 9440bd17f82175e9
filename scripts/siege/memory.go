//go:build linux

package main

import (
	"sync"
	"time"

	"smalti/pkg/rig"
)

// watchMemory looks at the memory of processes until peak is called, which returns the most that one of
// them had, in bytes. It calls over once when that is more than the machine should bear.
func watchMemory(members []*rig.Member, over func()) (peak func() int64) {
	var most int64
	look := func() {
		for _, m := range members {
			if u, err := m.Usage(); err == nil {
				most = max(most, u.Peak)
			}
		}
	}
	stop := make(chan struct{})
	var watching sync.WaitGroup
	watching.Go(func() {
		told := false
		for {
			look()
			if most > tooMuch && !told {
				told = true
				over()
			}
			select {
			case <-stop:
				return
			case <-time.After(50 * time.Millisecond):
			}
		}
	})
	return func() int64 {
		close(stop)
		watching.Wait()
		look()
		return most
	}
}
