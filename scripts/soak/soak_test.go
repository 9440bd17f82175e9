//go:build linux

package main

import (
	"bytes"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"smalti/pkg/testenv"
)

// The same seed gives the same mosaics and the same faults, and as many kills as were asked for.
func TestPlanFollowsFromItsSeed(t *testing.T) {
	t.Parallel()
	if !reflect.DeepEqual(planFaults(7, 500), planFaults(7, 500)) || !reflect.DeepEqual(drawRequest(7, 3, drawn{}), drawRequest(7, 3, drawn{})) {
		t.Error("the same seed gives different plans")
	}
	if reflect.DeepEqual(planFaults(7, 500), planFaults(8, 500)) || drawRequest(7, 3, drawn{}).Key == drawRequest(8, 3, drawn{}).Key {
		t.Error("different seeds give the same plan")
	}
	kinds := map[kind]int{}
	last := 0.0
	for _, f := range planFaults(7, 500) {
		kinds[f.kind]++
		if f.at < last || f.at >= 1 {
			t.Errorf("a fault is due at %v, after one at %v", f.at, last)
		}
		last = f.at
	}
	if n := kinds[killWorker] + kinds[killWeb] + kinds[killUpload] + kinds[killRedis]; n != 500 {
		t.Errorf("%d kills", n)
	}
	for _, k := range []kind{killWorker, killWeb, killUpload, killRedis, endUpload, stopWorker, cutRedis, cutFTP, cutHTTP, stepClock} {
		if kinds[k] == 0 {
			t.Errorf("there is no %q among %v", k, kinds)
		}
	}
}

// A small soak of the real thing: real processes, a real Redis, SIGKILLs.
func TestNothingIsLostUnderKills(t *testing.T) {
	testenv.SkipSlow(t)
	testenv.Program(t, "redis-server")
	logs := t.TempDir()
	var out bytes.Buffer
	err := run(t.Context(), []string{
		"-jobs", "300", "-kills", "35", "-seed", "1", "-workers", "4", "-browsers", "60",
		"-duration", "5m", "-patience", "3m", "-dir", t.TempDir(), "-logs", logs,
	}, &out, t.Output())
	t.Log(out.String())
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	last := regexp.MustCompile(`^accepted 300, done \d+, failed-with-reason \d+, deleted \d+, lost 0, shown twice 0, missing people 0, returned 0, kills 35, slowest recovery \S+s$`)
	if err != nil || !last.MatchString(lines[len(lines)-1]) {
		t.Errorf("%v", err)
	}
}
