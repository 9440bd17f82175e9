// Package systemd reports the state of a service to systemd, and takes over the sockets that systemd has
// opened for it (sd_notify(3), sd_watchdog_enabled(3), sd_listen_fds(3)). Without systemd it does nothing.
package systemd

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/coreos/go-systemd/v22/activation"
	"github.com/coreos/go-systemd/v22/daemon"
)

// notify ignores errors: without systemd, or without its socket, nobody is there to be told.
func notify(state string) { _, _ = daemon.SdNotify(false, state) }

// Ready says that the service has started.
func Ready() { notify(daemon.SdNotifyReady) }

// Status says what the service is doing; systemctl status shows it.
func Status(sentence string) { notify("STATUS=" + sentence) }

// Stopping says that the service is shutting down.
func Stopping() { notify(daemon.SdNotifyStopping) }

// Watch notifies systemd's watchdog several times within its period while alive returns nil, until ctx
// ends. If alive returns errors for a whole period, systemd kills the service and starts it again; the
// first error is logged. Without a watchdog, Watch returns at once.
func Watch(ctx context.Context, alive func() error, log *slog.Logger) {
	period, err := daemon.SdWatchdogEnabled(false)
	if err != nil || period == 0 {
		return
	}
	tick := time.NewTicker(period / 4)
	defer tick.Stop()
	silent := false
	for {
		err := alive()
		switch {
		case err == nil:
			notify(daemon.SdNotifyWatchdog)
		case !silent:
			log.Error("no longer notifying the watchdog", "error", err)
		}
		silent = err != nil
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// passed are the sockets that systemd passed to this process, by name.
var passed = sync.OnceValues(activation.ListenersWithNames)

// Listen returns the socket that systemd passed under a name (FileDescriptorName= of a .socket unit), or
// else listens on a TCP address. Call it once for each name.
func Listen(name, addr string) (net.Listener, error) {
	sockets, err := passed()
	if err != nil {
		return nil, fmt.Errorf("taking over systemd's sockets: %w", err)
	}
	if l := sockets[name]; len(l) > 0 && l[0] != nil {
		return l[0], nil
	}
	return new(net.ListenConfig).Listen(context.Background(), "tcp", addr)
}
