package setup

import (
	"testing"
	"testing/fstest"
)

// The least limit counts: of the process's own control group, of those around it, of either version, and of the machine.
func TestAvailableMemory(t *testing.T) {
	const mb = 1 << 20
	type files map[string]string
	machine := func(more files) files {
		more["proc/meminfo"] = "MemTotal:       16384000 kB\nMemFree:        1024 kB\n"
		return more
	}
	const whole = 16384000 << 10
	const v1 = "12:cpu,cpuacct:/a/b\n9:memory:/a/b\n1:name=systemd:/a/b\n"
	for name, tc := range map[string]struct {
		files files
		want  int64
	}{
		"nothing is known": {files{}, 0},
		"machine alone":    {machine(files{}), whole},
		"version 2, own": {machine(files{
			"proc/self/cgroup": "0::/a/b\n", "sys/fs/cgroup/a/b/memory.max": "536870912\n", "sys/fs/cgroup/a/memory.max": "max\n",
		}), 512 * mb},
		"version 2, the smallest is in the middle": {machine(files{
			"proc/self/cgroup": "0::/a/b/c\n", "sys/fs/cgroup/a/b/c/memory.max": "2147483648\n",
			"sys/fs/cgroup/a/b/memory.max": "268435456\n", "sys/fs/cgroup/a/memory.max": "1073741824\n",
		}), 256 * mb},
		"version 2, the outermost": {machine(files{
			"proc/self/cgroup": "0::/a/b/c\n", "sys/fs/cgroup/a/b/c/memory.max": "max\n", "sys/fs/cgroup/a/memory.max": "1073741824\n",
		}), 1024 * mb},
		"version 2, a container": {machine(files{
			"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/memory.max": "268435456\n",
		}), 256 * mb},
		"version 2, beside the root of a container": {machine(files{
			"proc/self/cgroup": "0::/../b\n", "sys/fs/cgroup/memory.max": "268435456\n",
		}), 256 * mb},
		"version 2, more than there is": {machine(files{
			"proc/self/cgroup": "0::/a\n", "sys/fs/cgroup/a/memory.max": "1099511627776\n",
		}), whole},
		"version 1, own": {machine(files{
			"proc/self/cgroup": v1, "sys/fs/cgroup/memory/a/b/memory.limit_in_bytes": "536870912\n",
			"sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
		}), 512 * mb},
		"version 1, what the groups around it leave": {machine(files{
			"proc/self/cgroup": v1, "sys/fs/cgroup/memory/a/b/memory.limit_in_bytes": "9223372036854771712\n",
			"sys/fs/cgroup/memory/a/b/memory.stat": "cache 1\nhierarchical_memory_limit 268435456\nhierarchical_memsw_limit 1\n",
		}), 256 * mb},
		"version 1, a container": {machine(files{
			"proc/self/cgroup": v1, "sys/fs/cgroup/memory/memory.limit_in_bytes": "536870912\n",
		}), 512 * mb},
		"version 1, none": {files{
			"proc/self/cgroup": v1, "sys/fs/cgroup/memory/a/b/memory.limit_in_bytes": "9223372036854771712\n",
		}, 0},
		"both versions": {machine(files{
			"proc/self/cgroup": v1 + "0::/a/b\n", "sys/fs/cgroup/memory/a/b/memory.limit_in_bytes": "536870912\n",
		}), 512 * mb},
	} {
		t.Run(name, func(t *testing.T) {
			root := fstest.MapFS{}
			for name, text := range tc.files {
				root[name] = &fstest.MapFile{Data: []byte(text)}
			}
			if got := available(root); got != tc.want {
				t.Errorf("%d bytes, want %d", got, tc.want)
			}
		})
	}
}
