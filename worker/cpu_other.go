//go:build !unix

package main

import "time"

// cpuTime is not known.
func cpuTime() time.Duration { return 0 }
