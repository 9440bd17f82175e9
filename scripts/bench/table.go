package main

import (
	"fmt"
	"io"
	"strings"
)

// table is a table in Markdown.
type table struct {
	head []string
	rows [][]string
}

func newTable(head ...string) *table { return &table{head: head} }

func (t *table) add(cells ...string) { t.rows = append(t.rows, cells) }

// write writes the table. Rows that are shorter than the head end with empty cells.
func (t *table) write(w io.Writer) {
	line(w, t.head, len(t.head))
	fmt.Fprintln(w, "|"+strings.Repeat("---|", len(t.head)))
	for _, row := range t.rows {
		line(w, row, len(t.head))
	}
	fmt.Fprintln(w)
}

func line(w io.Writer, cells []string, width int) {
	for i := range width {
		text := ""
		if i < len(cells) {
			text = strings.NewReplacer("|", `\|`, "\n", " ").Replace(cells[i])
		}
		fmt.Fprintf(w, "| %s ", text)
	}
	fmt.Fprintln(w, "|")
}

// claims are numbers that were asked for, beside those that were seen.
type claims struct{ table *table }

func newClaims() *claims { return &claims{newTable("What", "Asked", "Seen", "Reached")} }

// atMost and atLeast take the format of both numbers, such as "%.1f s".
func (c *claims) atMost(what, format string, asked, seen float64) {
	c.add(what, "at most "+fmt.Sprintf(format, asked), fmt.Sprintf(format, seen), seen <= asked)
}

func (c *claims) atLeast(what, format string, asked, seen float64) {
	c.add(what, "at least "+fmt.Sprintf(format, asked), fmt.Sprintf(format, seen), seen >= asked)
}

func (c *claims) add(what, asked, seen string, reached bool) {
	yes := "**no**"
	if reached {
		yes = "yes"
	}
	c.table.add(what, asked, seen, yes)
}

// unknown is for what could not be measured, and why.
func (c *claims) unknown(what, asked, why string) { c.table.add(what, asked, why, "not measured") }
