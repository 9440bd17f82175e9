//go:build !linux

package decoderprocess

import (
	"os"
	"syscall"
	"time"
)

func executable() string {
	path, err := os.Executable()
	if err != nil {
		return os.Args[0]
	}
	return path
}

func attributes() *syscall.SysProcAttr { return nil }

func processorTime(int) time.Duration { return 0 }

func limitMemory(uint64) {}
