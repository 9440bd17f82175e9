package main

import (
	"os/exec"
	"strings"
	"testing"

	"smalti/pkg/testenv"
)

// All that those who run the system should see is there, and moves when a mosaic is made.
func TestMetricsOfTheWholeSystem(t *testing.T) {
	t.Parallel()
	addr := freeAddr(t)
	base := startSystem(t, "-admin", addr)
	expectDone(t, base, accept(t, base, small), soon)
	var text string
	for _, want := range []string{
		`smalti_attempts_total{code="",outcome="done"} 1`, `smalti_job_start_seconds_count 1`, `smalti_job_wait_seconds_count 1`,
		`smalti_phase_seconds_count{phase="matching"} 1`, `smalti_mosaic_shown_seconds_count 1`,
		`smalti_photos_gathered_total{how="drawn"} 12`, `smalti_photos_total 12`,
		`smalti_cache_lookups_total{cache="photos",result="redis"} 0`, `smalti_cache_lookups_total{cache="thumbs",result="miss"} 0`,
		`smalti_cache_lookups_total{cache="friends",result="redis"} 0`,
		`smalti_recovered_jobs_total{cause="expired"} 0`, `smalti_outage{kind="store_full"} 0`, `smalti_store_refused_total{reason="full"} 0`,
		`smalti_queue_up 1`, `smalti_queue_waiting_jobs{list="bulk"} `, `smalti_queue_oldest_waiting_seconds{list="interactive"} `,
		`smalti_queue_running_jobs `, `smalti_queue_dead_jobs 0`, `smalti_queue_unread_jobs 0`, `smalti_workers{state="busy"} `,
		`smalti_workers_in_phase{phase="composing"} `, `smalti_workers_stopped_total{cause="name_taken"} 0`,
		`smalti_delivered_bytes_total `, `smalti_photos_loaded_bytes_total 0`, `smalti_redis_warnings `, `smalti_disk_free_bytes{directory="data"} `,
	} {
		testenv.WaitFor(t, "the metric "+want, func() bool { // the worker counts when it has told everybody
			if !strings.Contains(text, "\n"+want) {
				_, page, _ := get(t, "http://"+addr+"/metrics")
				text = string(page)
			}
			return strings.Contains(text, "\n"+want)
		})
	}
	promtool := testenv.Program(t, "promtool")
	cmd := exec.Command(promtool, "check", "metrics")
	cmd.Stdin = strings.NewReader(text)
	if out, err := cmd.CombinedOutput(); err != nil || strings.Contains(string(out), "smalti_") {
		t.Errorf("promtool check metrics: %v\n%s", err, out)
	}
}
