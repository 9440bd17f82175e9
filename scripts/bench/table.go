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

var escape = strings.NewReplacer("|", `\|`, "\n", " ")

// write writes the table. Rows that are shorter than the head end with empty cells.
func (t *table) write(w io.Writer) {
	for i, row := range append([][]string{t.head}, t.rows...) {
		for k := range t.head {
			text := ""
			if k < len(row) {
				text = escape.Replace(row[k])
			}
			fmt.Fprintf(w, "| %s ", text)
		}
		fmt.Fprintln(w, "|")
		if i == 0 {
			fmt.Fprintln(w, "|"+strings.Repeat("---|", len(t.head)))
		}
	}
	fmt.Fprintln(w)
}
