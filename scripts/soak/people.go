//go:build linux

package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// planFile says who stands in a mosaic and who does not.
const planFile = "plan.json"

// roster is everybody who was asked for, by name.
type roster struct {
	seen       map[string]bool // whether a name is accounted for
	unreadable map[string]bool // names of those who need only be named as missing
	counted    bool            // whether a plan was seen
}

func newRoster(o *order) *roster {
	r := &roster{seen: map[string]bool{}, unreadable: map[string]bool{}}
	for _, name := range o.readable {
		r.seen[name] = false
	}
	for _, name := range o.unreadable {
		r.seen[name], r.unreadable[name] = false, true
	}
	return r
}

func (r *roster) size() int { return len(r.seen) }

// count goes through a plan. It returns what is wrong with the plan besides who is missing.
func (r *roster) count(plan []byte) (wrong string) {
	var p struct{ Friends, Missing []struct{ Name string } }
	if err := json.Unmarshal(plan, &p); err != nil {
		return fmt.Sprintf("%s cannot be read: %v", planFile, err)
	}
	r.counted = true
	for name := range r.seen {
		r.seen[name] = false
	}
	for _, f := range p.Friends {
		if _, asked := r.seen[f.Name]; !asked {
			return fmt.Sprintf("%s shows %q, who was not asked for", planFile, f.Name)
		}
		r.seen[f.Name] = true
	}
	for _, m := range p.Missing {
		// A photo that was left out of an upload goes by the name of its file.
		if name := strings.TrimSuffix(m.Name, ".jpg"); r.unreadable[name] {
			r.seen[name] = true
		}
	}
	return ""
}

// missing lists those who are not accounted for.
func (r *roster) missing() (names []string) {
	for name, seen := range r.seen {
		if !seen {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
