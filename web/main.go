// Command web is the front end of Smalti. Alone, it is the whole system in one process; with -redis
// it is one of any number of stateless web servers. "web health" asks a running one whether
// it is ready; "web store" lists the stores that belong to a Redis, and forgets one.
package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"smalti/pkg/config"
	"smalti/pkg/redisconn"
)

func main() {
	os.Exit(run(config.Signals(), os.Args[1:], os.Getenv, os.Stdout, os.Stderr))
}

func run(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) int {
	if len(args) > 0 && args[0] == "health" {
		return config.Exit("web", health(ctx, args[1:], getenv, stdout), stderr)
	}
	if len(args) > 0 && args[0] == "store" {
		return config.Exit("web store", storeCommand(ctx, args[1:], getenv, stdout), stderr)
	}
	return config.Exit("web", serve(ctx, args, getenv, stdout, stderr), stderr)
}

// serve runs the front end until ctx ends.
func serve(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) error {
	c, err := readSettings(args, getenv, stdout)
	if err != nil {
		return err
	}
	log := c.log.Open(stderr)
	redisconn.LogTo(log)
	sys, err := start(ctx, c, log)
	if err != nil {
		return err
	}
	fmt.Fprint(stdout, sys.banner())
	return sys.wait()
}
