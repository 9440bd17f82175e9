// Command worker is the rendering daemon of Smalti: start as many clones as there is work for.
// "worker render" makes a mosaic from local files instead, with the same code.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"smalti/pkg/config"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// A second signal ends the program at once.
	context.AfterFunc(ctx, stop)
	os.Exit(run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr))
}

func run(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) int {
	command := daemon
	if len(args) > 0 && args[0] == "render" {
		command, args = renderLocal, args[1:]
	}
	err := command(ctx, args, getenv, stdout, stderr)
	if err == nil || errors.Is(err, flag.ErrHelp) {
		return 0
	}
	fmt.Fprintln(stderr, "worker:", err)
	if _, ok := errors.AsType[*config.Error](err); ok {
		return config.ExitCode
	}
	return 1
}
