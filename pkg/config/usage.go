package config

import (
	"cmp"
	"flag"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
)

// group is the flags of a topic, in the order of their names.
type group struct {
	title string
	flags []*flag.Flag
}

// Group puts the flags that are defined from here on under a title, until the next call.
func (s *Set) Group(title string) {
	s.collect()
	s.groups = append(s.groups, group{title: title})
}

// collect adds the flags that are in no group yet to the last one.
func (s *Set) collect() {
	if len(s.groups) == 0 {
		s.groups = []group{{title: "Flags"}}
	}
	known := map[string]bool{}
	for _, g := range s.groups {
		for _, f := range g.flags {
			known[f.Name] = true
		}
	}
	last := &s.groups[len(s.groups)-1]
	s.VisitAll(func(f *flag.Flag) {
		if !known[f.Name] && f.Name != "version" {
			last.flags = append(last.flags, f)
		}
	})
}

// topics returns the groups with flags in them; groups of the same title are one.
func (s *Set) topics() (all []group) {
	s.collect()
	for _, g := range s.groups {
		i := slices.IndexFunc(all, func(other group) bool { return other.title == g.title })
		if i < 0 && len(g.flags) > 0 {
			all = append(all, g)
		} else if i >= 0 {
			all[i].flags = append(all[i].flags, g.flags...)
		}
	}
	return all
}

// description is what a flag is called, takes, means and defaults to.
type description struct{ name, value, meaning, byDefault string }

// inText finds a default that the usage tells in words, because it depends on other settings.
var inText = regexp.MustCompile(` \(default (.*)\)$`)

func describe(f *flag.Flag) description {
	d := description{name: f.Name, byDefault: f.DefValue}
	d.value, d.meaning = flag.UnquoteUsage(f)
	if m := inText.FindStringSubmatch(d.meaning); m != nil {
		d.byDefault, d.meaning = m[1], strings.TrimSuffix(d.meaning, m[0])
	}
	if isBool(f.Value) && d.byDefault == "false" {
		d.byDefault = "off"
	}
	if strings.HasSuffix(d.byDefault, "m0s") { // of a time.Duration
		d.byDefault = strings.TrimSuffix(strings.TrimSuffix(d.byDefault, "0s"), "h0m")
		if strings.HasSuffix(f.DefValue, "h0m0s") {
			d.byDefault += "h"
		}
	}
	return d
}

func (s *Set) usage(out io.Writer) {
	fmt.Fprint(out, s.header)
	example := ""
	for _, g := range s.topics() {
		fmt.Fprintf(out, "\n%s:\n", g.title)
		for _, f := range g.flags {
			d := describe(f)
			if d.byDefault != "" {
				d.meaning += " (default " + d.byDefault + ")"
			}
			fmt.Fprintf(out, "  -%s\n        %s\n", strings.TrimSpace(d.name+" "+d.value), d.meaning)
			if example == "" {
				example = f.Name
			}
		}
	}
	fmt.Fprintln(out, "\n-version prints the version.")
	if example != "" {
		fmt.Fprintf(out, "Every flag can also be set in the environment: -%s as %s. A flag wins.\n", example, variable(example))
	}
}

// Markdown describes the program for its README: the subcommands, and the flags of each command.
func (p Program) Markdown() string {
	var b strings.Builder
	b.WriteString("| command | what it does |\n| --- | --- |\n")
	sets := make([]*Set, len(p.Commands))
	for i, c := range p.Commands {
		sets[i], _ = p.define(c, func(string) string { return "" }, io.Discard)
		fmt.Fprintf(&b, "| `%s` | %s |\n", sets[i].synopsis(), cell(c.About))
	}
	for _, s := range sets {
		fmt.Fprintf(&b, "\n## Flags of `%s`\n", s.Name())
		for _, g := range s.topics() {
			if g.title != "Flags" {
				fmt.Fprintf(&b, "\n### %s\n", g.title)
			}
			b.WriteString("\n| flag | environment | default | meaning |\n| --- | --- | --- | --- |\n")
			for _, f := range g.flags {
				d := describe(f)
				fmt.Fprintf(&b, "| `-%s` | `%s` | %s | %s |\n", strings.TrimSpace(d.name+" "+d.value), variable(d.name), cell(cmp.Or(d.byDefault, "none")), cell(d.meaning))
			}
		}
	}
	return b.String()
}

// cell is text within a table of Markdown.
func cell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }
