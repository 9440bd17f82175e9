package worker

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"smalti/pkg/job"
	"smalti/pkg/photo"
	"smalti/pkg/queue"
	"smalti/pkg/render"
)

// MachineMemory is how much memory this process may use, in bytes: the least limit of its control
// groups (version 2, see cgroups(7)), or else what the machine has. 0 where nobody says.
func MachineMemory() int64 {
	least := int64(math.MaxInt64)
	if b, err := os.ReadFile("/proc/self/cgroup"); err == nil {
		for line := range strings.Lines(string(b)) {
			group, ok := strings.CutPrefix(strings.TrimSpace(line), "0::")
			for ; ok && group != "/" && group != "." && group != ""; group = path.Dir(group) {
				least = min(least, readLimit("/sys/fs/cgroup"+group+"/memory.max"))
			}
		}
		least = min(least, readLimit("/sys/fs/cgroup/memory.max")) // a container's own root
	}
	if b, err := os.ReadFile("/proc/meminfo"); err == nil {
		for line := range strings.Lines(string(b)) {
			if f := strings.Fields(line); len(f) == 3 && f[0] == "MemTotal:" {
				if kb, err := strconv.ParseInt(f[1], 10, 64); err == nil {
					least = min(least, kb<<10)
				}
			}
		}
	}
	if least == math.MaxInt64 {
		return 0
	}
	return least
}

func readLimit(file string) int64 {
	b, err := os.ReadFile(file)
	if err == nil {
		if n, err := strconv.ParseInt(strings.TrimSpace(string(b)), 10, 64); err == nil {
			return n
		}
	}
	return math.MaxInt64 // "max", or no such file
}

// LimitMemory has this process keep to a share of so many bytes: the collector works harder near the
// limit (unless GOMEMLIMIT says otherwise), and photos decodes no more at once, and no larger ones, than a
// quarter has room for. It returns what is left for each of so many jobs at once: Worker.Memory. Where
// nobody says how much memory there is, bytes and the result are 0: no limit.
func LimitMemory(bytes int64, jobs int, photos *photo.Gatherer) int64 {
	if bytes <= 0 {
		return 0
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(bytes / 10 * 9) // the rest is for what the collector does not see
	}
	photos.Memory = min(bytes/4, 1<<30)
	photos.Limits.Pixels = int(min(photo.DefaultPixels, photos.Memory/bytesPerPixel))
	return bytes / 10 * 6 / int64(jobs)
}

// CheckMemory checks the value of a flag for [LimitMemory], in MB; 0 means that the machine decides.
func CheckMemory(mb int64) error {
	if mb != 0 && mb < 256 {
		return errors.New("-memory: less than 256 MB has no room for a mosaic")
	}
	return nil
}

// Available is how much memory this process may use, in bytes: what a flag says, in MB, or what
// [MachineMemory] says where that is 0.
func Available(mb int64) int64 {
	if mb == 0 {
		return MachineMemory()
	}
	return mb << 20
}

// bytesPerPixel is what decoding takes, with the upright copy.
const bytesPerPixel = 8

// passDelay is how long a job that is too large for this worker waits for one that it fits.
const passDelay = 2 * time.Second

// tooLarge handles a job that would take more memory than this worker has. One that is larger, and
// lives, will take it: the attempt does not count. Where there is none, the job fails, and says why.
func (w *Worker) tooLarge(ctx context.Context, l *queue.Lease) bool {
	need := render.Memory(l.Package)
	if w.Memory == 0 || need <= w.Memory {
		return false
	}
	log := w.Log.With("worker", w.Name, "job", l.Package.ID, "needs", need, "memory", w.Memory)
	ctx = context.WithoutCancel(ctx)
	var told error
	if w.someoneHas(ctx, need) {
		log.Info("job left to a larger worker")
		told = w.tell(ctx, func(ctx context.Context) error { return w.Queue.Decline(ctx, l, passDelay) })
	} else {
		w.failed(job.TooLarge)
		log.Warn("job too large for every worker")
		told = w.tell(ctx, func(ctx context.Context) error { return w.Queue.Fail(ctx, l, TooLarge(need)) })
		w.deleteUploads(ctx, l.Package, log)
	}
	if told != nil {
		log.Error("telling the queue how the job ended", "error", told)
	}
	return true
}

// TooLarge is the failure of a job that needs more memory than any worker has.
func TooLarge(need int64) job.Failure {
	return job.Failure{
		Code:     job.TooLarge,
		Sentence: "This mosaic is larger than our machines can make. Fewer photos, fewer cells or smaller tiles may work.",
		Detail:   fmt.Sprintf("it takes about %d MB", need>>20),
	}
}

func (w *Worker) someoneHas(ctx context.Context, need int64) bool {
	var beats []queue.Beat
	err := within(ctx, callTime, func(ctx context.Context) (err error) {
		beats, err = w.Queue.Beats(ctx)
		return err
	})
	if err != nil {
		return true // perhaps: the job comes back
	}
	for _, b := range beats {
		if !b.Draining && b.Worker != w.Name && (b.Memory == 0 || b.Memory >= need) {
			return true
		}
	}
	return false
}
