package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"smalti/pkg/job"
	"smalti/pkg/testenv"
)

// All mosaics and workers together ask a host only so often; who is put off is named with the reason,
// on the page too, in the reader's language.
func TestAThirdPartyIsNotFlooded(t *testing.T) {
	t.Parallel()
	var requests atomic.Int64
	host := photoHost(t, func(string) { requests.Add(1) })
	p := newPlant(t)
	const most = "20/24h"
	p.startWeb(p.redis.Addr, "-limit-host", most)
	p.helper("-limit-host", most)
	p.helper("-limit-host", most)
	list := func(n int) string {
		var all []job.Friend
		for i := range 30 {
			all = append(all, job.Friend{ID: fmt.Sprint(i), Name: fmt.Sprint("Friend ", i), Photo: fmt.Sprintf("%s/%d-%d.png", host, n, i)})
		}
		friends, _ := json.Marshal(all)
		return fmt.Sprintf(`{"source":"list","target":"demo:17","friends":%s,"options":{"columns":20,"rows":20,"tile":16}}`, friends)
	}
	ids := []string{accept(t, p.base, list(1)), accept(t, p.base, list(2))}
	shown, off := 0, 0
	for _, id := range ids {
		testenv.WaitFor(t, "the end of the mosaic", func() bool {
			_, v, _ := do(t, "GET", p.base+"/api/v1/mosaics/"+id, "", nil)
			return v["state"] == "done" || v["state"] == "failed"
		})
		_, v, _ := do(t, "GET", p.base+"/api/v1/mosaics/"+id, "", nil)
		if v["state"] == "failed" { // nothing was left for it
			if message := fmt.Sprint(v["failure"]); !strings.Contains(message, "30 photos") {
				t.Errorf("failed: %s", message)
			}
			off += 30
			continue
		}
		plan := readPlan(t, p.base, id)
		shown += len(plan.Friends)
		off += len(plan.Missing)
		for _, m := range plan.Missing {
			if m.Says.Code != "photo.put_off" || !strings.Contains(m.Reason, "127.0.0.1") {
				t.Errorf("%s: %s", m.Name, m.Reason)
			}
		}
		if len(plan.Missing) > 0 {
			_, page, _ := get(t, p.base+"/m/"+id+"?lang=de")
			if !containsAll(page, "Wir holen von 127.0.0.1 nur eine begrenzte Zahl") {
				t.Errorf("the page: %s", page)
			}
		}
	}
	if n := requests.Load(); n > 20 || n < 15 || shown+off != 60 {
		t.Errorf("the host got %d requests; %d shown, %d put off", n, shown, off)
	}
}
