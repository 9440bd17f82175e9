package config

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
)

// ExitCode is the exit code of a program with an invalid configuration: EX_CONFIG of sysexits.h. systemd is
// told not to restart on it, because a restart would not mend it.
const ExitCode = 78

// Command is what a program does under a name.
type Command struct {
	Name  string // the words after the program's, as "store forget"; empty: what it does without one
	About string // a sentence
	// Define defines the flags of the command, and returns what runs once they have been read.
	Define func(s *Set) Run
}

// Run is a command whose flags have been read. It works until it is done or ctx ends.
type Run func(ctx context.Context, stdout, stderr io.Writer) error

// Program is a program with subcommands.
type Program struct {
	Name     string
	Commands []Command // the first one has no name
}

// Main runs the program with the arguments, environment and output of this process, and exits.
func (p Program) Main() {
	os.Exit(p.Run(Signals(), os.Args[1:], os.Getenv, os.Stdout, os.Stderr))
}

// Run runs the command that args name, and returns the exit code.
func (p Program) Run(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) int {
	c, args := p.find(args)
	s, run := p.define(c, getenv, stdout)
	err := s.Parse(args)
	if err == nil {
		err = run(ctx, stdout, stderr)
	}
	return Exit(s.Name(), err, stderr)
}

// find returns the command with the longest name that args begin with, and the other args.
func (p Program) find(args []string) (Command, []string) {
	found, words := p.Commands[0], 0
	for _, c := range p.Commands[1:] {
		name := strings.Fields(c.Name)
		if len(name) > words && len(args) >= len(name) && strings.Join(args[:len(name)], " ") == c.Name {
			found, words = c, len(name)
		}
	}
	return found, args[words:]
}

func (p Program) define(c Command, getenv func(string) string, out io.Writer) (*Set, Run) {
	s := New(strings.TrimSpace(p.Name+" "+c.Name), getenv, out)
	run := c.Define(s)
	var header strings.Builder
	fmt.Fprintf(&header, "Usage: %s\n%s\n", s.synopsis(), c.About)
	if c.Name == "" && len(p.Commands) > 1 {
		header.WriteString("\nSubcommands (-h after one lists its flags):\n")
		for _, sub := range p.Commands[1:] {
			fmt.Fprintf(&header, "  %s %-14s %s\n", p.Name, sub.Name, sub.About)
		}
	}
	s.header = header.String()
	return s, run
}

func (s *Set) synopsis() string {
	if s.argument != nil {
		return s.Name() + " [flags] " + s.argument.name
	}
	return s.Name() + " [flags]"
}

// Signals returns a context that ends with SIGINT or SIGTERM. A second signal ends the program at once.
func Signals() context.Context {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	return ctx
}

// Exit prints the error that a program ended with, and returns its exit code: 0, 1, or [ExitCode] for an
// invalid configuration.
func Exit(name string, err error, stderr io.Writer) int {
	if err == nil || errors.Is(err, flag.ErrHelp) {
		return 0
	}
	fmt.Fprintf(stderr, "%s: %v\n", name, err)
	if _, ok := errors.AsType[*Error](err); ok {
		return ExitCode
	}
	return 1
}
