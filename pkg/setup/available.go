package setup

import (
	"io/fs"
	"math"
	"path"
	"slices"
	"strconv"
	"strings"
)

// unlimited is what a control group without a limit has. Version 1 writes the largest number of bytes in whole pages.
const unlimited = math.MaxInt64

// available is how many bytes of memory this process may use: the least limit of its control groups (cgroups(7)), or else
// what the machine has. It is 0 where neither is known. Root is the machine's file system.
func available(root fs.FS) int64 {
	least := machineMemory(root)
	for line := range lines(root, "proc/self/cgroup") {
		f := strings.SplitN(line, ":", 3)
		if len(f) != 3 {
			continue
		}
		switch {
		case f[0] == "0" && f[1] == "":
			least = min(least, limitOfGroup(root, f[2]))
		case slices.Contains(strings.Split(f[1], ","), "memory"):
			least = min(least, limitOfOldGroup(root, f[2]))
		}
	}
	if least >= unlimited/2 {
		return 0
	}
	return least
}

// limitOfGroup is the least limit of a control group of version 2 and all groups around it. In a container, the root is
// its own group, whatever its name says.
func limitOfGroup(root fs.FS, group string) int64 {
	least := int64(unlimited)
	for dir := range upwards(group) {
		for line := range lines(root, path.Join("sys/fs/cgroup", dir, "memory.max")) {
			least = min(least, number(line))
		}
	}
	return least
}

// limitOfOldGroup is the limit of a control group of version 1: the kernel itself says what the groups around it leave,
// even where a container does not see them. In a container without a name space for groups, the name is the machine's,
// and only the root is there.
func limitOfOldGroup(root fs.FS, group string) int64 {
	for dir := range upwards(group) {
		at := path.Join("sys/fs/cgroup/memory", dir)
		least := int64(unlimited)
		found := false
		for line := range lines(root, path.Join(at, "memory.limit_in_bytes")) {
			least, found = min(least, number(line)), true
		}
		for line := range lines(root, path.Join(at, "memory.stat")) {
			if limit, ok := strings.CutPrefix(line, "hierarchical_memory_limit "); ok {
				least, found = min(least, number(limit)), true
			}
		}
		if found {
			return least
		}
	}
	return unlimited
}

// upwards yields a group and all groups around it, and the root as the last one.
func upwards(group string) func(func(string) bool) {
	return func(yield func(string) bool) {
		for dir := path.Clean("/" + group); ; dir = path.Dir(dir) {
			if !yield(dir) || dir == "/" {
				return
			}
		}
	}
}

func machineMemory(root fs.FS) int64 {
	for line := range lines(root, "proc/meminfo") {
		if f := strings.Fields(line); len(f) == 3 && f[0] == "MemTotal:" {
			if kb := number(f[1]); kb < unlimited>>10 {
				return kb << 10
			}
		}
	}
	return unlimited
}

// lines yields the lines of a file, and none if it cannot be read.
func lines(root fs.FS, name string) func(func(string) bool) {
	b, _ := fs.ReadFile(root, name)
	return func(yield func(string) bool) {
		for line := range strings.Lines(string(b)) {
			if !yield(strings.TrimSpace(line)) {
				return
			}
		}
	}
}

// number reads a limit. What is no number, as "max", is no limit.
func number(s string) int64 {
	if n, err := strconv.ParseInt(s, 10, 64); err == nil && n >= 0 {
		return n
	}
	return unlimited
}
