// Command web is the front end of Smalti. Alone, it is the whole system in one process; with -redis
// it is one of any number of stateless web servers.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"smalti/pkg/config"
	"smalti/pkg/queue"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// A second signal ends the program at once.
	context.AfterFunc(ctx, stop)
	os.Exit(run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr))
}

func run(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) int {
	c, err := readSettings(args, getenv, stdout)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	if err == nil {
		err = serve(ctx, c, c.log.Open(stderr), stdout)
	}
	if err == nil {
		return 0
	}
	fmt.Fprintln(stderr, "web:", err)
	if _, ok := errors.AsType[*config.Error](err); ok {
		return config.ExitCode
	}
	return 1
}

// serve runs the front end until ctx ends.
func serve(ctx context.Context, c *settings, log *slog.Logger, stdout io.Writer) error {
	queue.LogTo(log)
	sys, err := start(ctx, c, log)
	if err != nil {
		return err
	}
	fmt.Fprint(stdout, sys.banner())
	return sys.wait()
}
