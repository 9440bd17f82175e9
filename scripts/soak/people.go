//go:build linux

package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// planFile says who is in a mosaic and who is missing.
const planFile = "plan.json"

// people are those requested for a mosaic, by name.
type people struct {
	found      map[string]bool
	unreadable map[string]bool // need only be listed as missing
	counted    bool            // a plan was seen
}

func newPeople(q *request) *people {
	p := &people{found: map[string]bool{}, unreadable: map[string]bool{}}
	for _, name := range q.readable {
		p.found[name] = false
	}
	for _, name := range q.unreadable {
		p.found[name], p.unreadable[name] = false, true
	}
	return p
}

func (p *people) size() int { return len(p.found) }

// count reads a plan. It returns what is wrong with it, apart from missing people.
func (p *people) count(plan []byte) (wrong string) {
	var content struct{ Friends, Missing []struct{ Name string } }
	if err := json.Unmarshal(plan, &content); err != nil {
		return fmt.Sprintf("%s: %v", planFile, err)
	}
	p.counted = true
	for name := range p.found {
		p.found[name] = false
	}
	for _, f := range content.Friends {
		if _, requested := p.found[f.Name]; !requested {
			return fmt.Sprintf("%s shows %q, who was not requested", planFile, f.Name)
		}
		p.found[f.Name] = true
	}
	for _, m := range content.Missing {
		// A photo that is left out of an upload is listed by its file name.
		if name := strings.TrimSuffix(m.Name, ".jpg"); p.unreadable[name] {
			p.found[name] = true
		}
	}
	return ""
}

// missing lists those who were not found.
func (p *people) missing() (names []string) {
	for name, found := range p.found {
		if !found {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
