// Package systemd tells systemd how a service is, and takes over the sockets that systemd listens on for
// it (sd_notify(3), sd_watchdog_enabled(3), sd_listen_fds(3)). Without systemd, all of it does
// nothing.
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

// Ready says that the service does its work from now on.
func Ready() { daemon.SdNotify(false, daemon.SdNotifyReady) }

// Status says in a sentence what the service is doing; systemctl status shows it.
func Status(sentence string) { daemon.SdNotify(false, "STATUS="+sentence) }

// Stopping says that the service ends.
func Stopping() { daemon.SdNotify(false, daemon.SdNotifyStopping) }

// Watch notifies systemd's watchdog several times within its period, as long as alive returns nil,
// until ctx ends. Where alive returns an error for the whole period, systemd kills the service and
// starts it again. The error is logged when it begins. Without a watchdog, Watch returns at once.
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
			daemon.SdNotify(false, daemon.SdNotifyWatchdog)
		case !silent:
			log.Error("the watchdog is no longer fed", "error", err)
		}
		silent = err != nil
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// passed are the sockets that systemd gave to this process, by name.
var passed = sync.OnceValues(activation.ListenersWithNames)

// Listen returns the socket that systemd passed under a name (FileDescriptorName= of a .socket
// unit), and otherwise listens on a TCP address. It is to be called once for each name.
func Listen(name, addr string) (net.Listener, error) {
	sockets, err := passed()
	if err != nil {
		return nil, fmt.Errorf("taking over systemd's sockets: %w", err)
	}
	if l := sockets[name]; len(l) > 0 && l[0] != nil {
		return l[0], nil
	}
	return net.Listen("tcp", addr)
}
