// Command web is the front end of Smalti. Alone, it is the whole system in one process; with -redis it
// is one of any number of stateless web servers. README.md lists its subcommands and flags.
package main

import (
	"context"
	"fmt"
	"io"

	"smalti/pkg/config"
	"smalti/pkg/redisconn"
)

//go:generate go test -run TestReadme . -update

var commands = config.Program{Name: "web", Commands: []config.Command{
	{About: "Serves the pages; without -redis, the whole system.", Define: serve},
	{Name: "health", About: "Asks the web server on this machine whether it is ready, and fails if it is not.", Define: health},
	{Name: "store", About: "Lists the stores that belong to a Redis.", Define: listStores},
	{Name: "store forget", About: "Forgets a store that was replaced or emptied on purpose.", Define: forgetStore},
}}

func main() { commands.Main() }

func serve(s *config.Set) config.Run {
	c := defineSettings(s)
	return func(ctx context.Context, stdout, stderr io.Writer) error {
		log := c.log.Open(stderr)
		redisconn.LogTo(log)
		sys, err := start(ctx, c, log)
		if err != nil {
			return err
		}
		fmt.Fprint(stdout, sys.banner())
		return sys.wait()
	}
}
