package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"smalti/pkg/render"
)

// smalti is "worker render", as a process.
type smalti struct {
	worker string // the program
	rules  rules
}

// rules are what a mosaic must keep besides its grid.
type rules struct {
	name     string
	tint     float64 // CIELAB units
	everyone bool
	maxUses  int  // 0: any
	defaults bool // those of the program, instead of the rest
}

// The sets of rules. With the pure one, all programs have the same task.
var (
	pure        = rules{name: "pure"}
	gentle      = rules{name: "gentle", tint: 8}
	pureRules   = rules{name: "pure, everyone, at most 40", everyone: true, maxUses: 40}
	gentleRules = rules{name: "gentle, everyone, at most 40", tint: 8, everyone: true, maxUses: 40}
	defaults    = rules{name: "defaults", defaults: true}
	before      = rules{name: "defaults, before", defaults: true} // of an earlier version
	allRules    = []rules{pure, gentle, pureRules, gentleRules, defaults}
)

// program is the name of Smalti with these rules.
func (r rules) program() string { return "smalti, " + r.name }

// buildWorker builds the measured program.
func buildWorker(ctx context.Context, path string) error {
	out, err := exec.CommandContext(ctx, "go", "build", "-o", path, "smalti/worker").CombinedOutput()
	if err != nil {
		return fmt.Errorf("building the worker: %w\n%s", err, out)
	}
	return nil
}

func (s smalti) Name() string { return s.rules.program() }

func (s smalti) Version(ctx context.Context) (string, error) {
	out, _ := exec.CommandContext(ctx, "git", "describe", "--always", "--dirty").Output() // empty outside of a repository
	return strings.TrimSpace("smalti " + string(out)), nil
}

func (s smalti) Make(ctx context.Context, in input, dir string) (*made, error) {
	args := []string{"render", "-target", in.Target, "-photos", in.Photos, "-out", dir,
		"-columns", strconv.Itoa(in.Columns), "-rows", strconv.Itoa(in.Rows), "-tile", strconv.Itoa(in.Tile)}
	if !s.rules.defaults {
		args = append(args, "-repeat-distance", strconv.Itoa(in.RepeatDistance), "-tint", fmt.Sprint(s.rules.tint),
			"-max-uses", strconv.Itoa(s.rules.maxUses), "-everyone="+strconv.FormatBool(s.rules.everyone), "-fair", "0")
	}
	if s.rules != before { // which may not know it
		args = append(args, "-v")
	}
	spent, err := start(ctx, dir, s.worker, args...)
	if err != nil {
		return nil, err
	}
	cells, views, err := readPlan(filepath.Join(dir, render.PlanFile), len(in.Names))
	if err != nil {
		return nil, err
	}
	return &made{
		Picture: filepath.Join(dir, render.PosterFile), Cells: cells, Views: views, Cost: spent,
		Commands: []string{"worker " + strings.Join(args, " ")},
	}, nil
}

// readPlan returns the photo of each cell, and what the cell shows of it. The worker numbers photos from 1, in the order of their
// names.
func readPlan(path string, photos int) ([]int, []view, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, nil, err
	}
	var plan render.Plan
	if err := json.Unmarshal(b, &plan); err != nil {
		return nil, nil, fmt.Errorf("reading plan.json: %w", err)
	}
	cells, views := make([]int, len(plan.Cells)), make([]view, len(plan.Cells))
	for i, c := range plan.Cells {
		friend := plan.Friends[plan.Faces[c].Friends[0]]
		n, err := strconv.Atoi(friend.ID)
		if err != nil || n < 1 || n > photos {
			return nil, nil, fmt.Errorf("plan.json has photo %q", friend.ID)
		}
		cells[i] = n - 1
		if len(plan.Crops) > 0 && plan.Crops[i] > 0 {
			views[i] = plan.Faces[c].Crops[plan.Crops[i]-1]
		}
	}
	return cells, views, nil
}
