package decoderprocess_test

import (
	"context"
	"errors"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"smalti/pkg/decoderprocess"
	"smalti/pkg/testenv"
)

// answer is what the processes of these tests do.
func answer(request []byte) [][]byte { return [][]byte{do(request)} }

func do(request []byte) []byte {
	switch what := string(request); what {
	case "loop":
		for { //nolint:staticcheck // on purpose
		}
	case "sleep":
		time.Sleep(time.Hour)
	case "allocate":
		for all := [][]byte{}; ; {
			all = append(all, make([]byte, 16<<20))
			runtime.KeepAlive(all)
		}
	case "panic":
		panic("on purpose")
	case "exit":
		os.Exit(0)
	case "pid":
		return strconv.AppendInt(nil, int64(os.Getpid()), 10)
	case "environment":
		return []byte(strings.Join(os.Environ(), " "))
	}
	return request
}

func init() { decoderprocess.Serve(answer) }

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func ask(t *testing.T, p *decoderprocess.Pool, what string) string {
	t.Helper()
	b, err := p.Do(t.Context(), []byte(what))
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	return string(b)
}

func TestAnswers(t *testing.T) {
	t.Setenv("SMALTI_SECRET", "secret")
	p := &decoderprocess.Pool{Idle: time.Millisecond}
	large := strings.Repeat("0123456789abcdef", 1<<16)
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			if b, err := p.Do(t.Context(), []byte(large[:10]), []byte(large[10:])); err != nil || string(b) != large {
				t.Errorf("%d bytes came back of %d: %v", len(b), len(large), err)
			}
		})
	}
	group.Wait()
	if e := ask(t, p, "environment"); strings.Contains(e, "secret") {
		t.Errorf("the decoder has its parent's environment: %s", e)
	}
}

func TestUsedAgain(t *testing.T) {
	p := &decoderprocess.Pool{Idle: time.Minute}
	first := ask(t, p, "pid")
	if second := ask(t, p, "pid"); second != first {
		t.Errorf("process %s, then %s", first, second)
	}
	if _, err := p.Do(t.Context(), []byte("exit")); !errors.Is(err, decoderprocess.ErrDied) {
		t.Fatal(err)
	}
	quick := &decoderprocess.Pool{Idle: time.Millisecond}
	pid, err := strconv.Atoi(ask(t, quick, "pid"))
	if err != nil {
		t.Fatal(err)
	}
	testenv.WaitFor(t, "the unused process to end", func() bool { return gone(pid) })
}

func gone(pid int) bool {
	_, err := os.Stat("/proc/" + strconv.Itoa(pid))
	return errors.Is(err, os.ErrNotExist)
}

// Whatever a process does, it costs its own request only.
func TestRunaway(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the limits are those of Linux")
	}
	for what, want := range map[string]error{
		"loop": decoderprocess.ErrTime, "sleep": decoderprocess.ErrTime,
		"allocate": decoderprocess.ErrDied, "panic": decoderprocess.ErrDied, "exit": decoderprocess.ErrDied,
	} {
		t.Run(what, func(t *testing.T) {
			p := &decoderprocess.Pool{Idle: time.Millisecond, Processor: 20 * time.Second}
			switch what {
			case "loop":
				p.Processor = 100 * time.Millisecond
			case "sleep":
				p.Wait = 100 * time.Millisecond
			}
			if _, err := p.Do(t.Context(), []byte(what)); !errors.Is(err, want) {
				t.Errorf("%v, want %v", err, want)
			}
			again := &decoderprocess.Pool{Idle: time.Millisecond}
			if got := ask(t, again, "hello"); got != "hello" {
				t.Errorf("then %q", got)
			}
		})
	}
}

func TestCancelled(t *testing.T) {
	p := &decoderprocess.Pool{}
	ctx, cancel := context.WithCancelCause(t.Context())
	time.AfterFunc(50*time.Millisecond, func() { cancel(nil) })
	if _, err := p.Do(ctx, []byte("sleep")); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
