package worker_test

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"smalti/pkg/faultproxy"
	"smalti/pkg/ftpserver"
	"smalti/pkg/store/dirstore"
	"smalti/pkg/store/ftpstore"
	"smalti/pkg/store/ftpview"
)

// The store hangs, refuses or breaks in the middle of an upload: the attempt ends in time, counts as
// one that may go better unless it could not begin, and the next one does.
func TestAStoreThatFails(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]struct {
		fail, mend func(*faultproxy.Proxy)
		told       string
	}{
		"without a word, in the middle of an upload": {
			func(proxy *faultproxy.Proxy) {
				proxy.On(faultproxy.Client, "STOR", func() bool { proxy.Stall(); return true })
			},
			(*faultproxy.Proxy).Resume, "retry undelivered",
		},
		"without a word, when it should rename": {
			func(proxy *faultproxy.Proxy) {
				proxy.On(faultproxy.Client, "RNTO", func() bool { proxy.Stall(); return true })
			},
			(*faultproxy.Proxy).Resume, "retry undelivered",
		},
		"by not being there": {
			func(proxy *faultproxy.Proxy) { proxy.Refuse(true) },
			func(proxy *faultproxy.Proxy) { proxy.Refuse(false) }, "give back",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir, err := dirstore.Open(t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { dir.Close() })
			ftp, err := ftpview.Serve(dir, ftpview.Limits{}, ftpserver.Config{
				Addr: "127.0.0.1:0", User: "smalti", Password: "a password", Log: slog.New(slog.DiscardHandler),
			})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { ftp.Close() })
			proxy := faultproxy.StartFTP(t, ftp.Addr().String())
			open := func(idle time.Duration) *ftpstore.Store {
				remote, err := ftpstore.New(ftpstore.Config{
					URL: "ftp://smalti@" + proxy.Addr + "/", Password: "a password", Idle: idle,
				})
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { remote.Close() })
				return remote
			}

			first := lease()
			r := newRig(t, photos{}, first)
			r.w.Store = open(300 * time.Millisecond)
			fault.fail(proxy)
			told := r.runUntilTold(t)
			if told != fault.told {
				t.Fatalf("told the queue %q, want %q", told, fault.told)
			}
			if _, err := dir.Manifest(t.Context(), first.Package.ID); err == nil && !strings.Contains(name, "rename") {
				t.Error("half a mosaic is shown")
			}
			fault.mend(proxy)
			r.w.Store = open(0) // patient, on a busy machine
			again := *first
			again.Attempt, again.Token = 2, "2-token"
			r.line.waiting, r.line.told = append(r.line.waiting, &again), nil
			if told := r.runUntilTold(t); told != "finish" {
				t.Errorf("the second attempt: %q", told)
			}
			if _, err := dir.Manifest(t.Context(), first.Package.ID); err != nil {
				t.Errorf("not delivered: %v", err)
			}
		})
	}
}
