// Command worker is the rendering daemon of Smalti: start as many clones as there is work for. README.md
// lists its subcommands and flags.
package main

import "smalti/pkg/config"

//go:generate go test -run TestReadme . -update

var commands = config.Program{Name: "worker", Commands: []config.Command{
	{About: "Takes jobs from Redis, renders their mosaics and delivers them to the store.", Define: daemon},
	{Name: "render", About: "Makes a mosaic from local files, with the same code and without a queue.", Define: renderLocal},
	{Name: "health", About: "Asks the worker on this machine whether it is alive, and fails if it is not.", Define: health},
}}

func main() { commands.Main() }
