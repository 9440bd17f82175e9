// Command worker is the rendering daemon of Smalti: start as many clones as there is work for.
// "worker render" makes a mosaic from local files instead, with the same code; "worker health" asks
// a running worker whether it is alive.
package main

import (
	"context"
	"io"
	"os"

	"smalti/pkg/config"
)

func main() {
	os.Exit(run(config.Signals(), os.Args[1:], os.Getenv, os.Stdout, os.Stderr))
}

func run(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) int {
	command := daemon
	if len(args) > 0 {
		switch args[0] {
		case "render":
			command, args = renderLocal, args[1:]
		case "health":
			command, args = health, args[1:]
		}
	}
	return config.Exit("worker", command(ctx, args, getenv, stdout, stderr), stderr)
}
