package metrics_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/mux"
	"github.com/prometheus/client_golang/prometheus"

	"smalti/pkg/admin"
	"smalti/pkg/cache"
	"smalti/pkg/fleet"
	"smalti/pkg/ftpserver"
	"smalti/pkg/gather"
	"smalti/pkg/job"
	"smalti/pkg/metrics"
	"smalti/pkg/outage"
	"smalti/pkg/queue"
	"smalti/pkg/testenv"
)

func scrape(t *testing.T, r *prometheus.Registry) string {
	t.Helper()
	w := httptest.NewRecorder()
	metrics.Handler(r).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	b, err := io.ReadAll(w.Result().Body)
	if err != nil || w.Code != http.StatusOK {
		t.Fatalf("scraping: %d, %v", w.Code, err)
	}
	return string(b)
}

func wantLines(t *testing.T, text string, lines ...string) {
	t.Helper()
	for _, l := range lines {
		if !strings.Contains(text, l+"\n") {
			t.Errorf("there is no line %q in\n%s", l, grep(text, l[:strings.IndexAny(l, "{ ")]))
		}
	}
}

func grep(text, name string) string {
	var found []string
	for l := range strings.Lines(text) {
		if strings.Contains(l, name) {
			found = append(found, l)
		}
	}
	return strings.Join(found, "")
}

// everything registers all metrics there are, and makes each of them say something.
func everything(t *testing.T) *prometheus.Registry {
	r := metrics.NewRegistry()
	at := time.Date(2026, 1, 1, 0, 1, 0, 0, time.UTC)
	r.MustRegister(metrics.NewQueue(func() fleet.View {
		return fleet.View{
			At: at, Wrong: []string{"It forgets."}, Demand: fleet.Demand{Arrivals: 4, Service: time.Second},
			Overview: queue.Overview{
				Depth: queue.Depth{Interactive: 3, Bulk: 2, Open: 7, Dead: 1}, OldestInteractive: at.Add(-30 * time.Second), Accepted: 99,
				Unread: 2, NamesTaken: 3,
				Beats: []queue.Beat{
					{Worker: "a", Job: "x", Phase: job.Matching}, {Worker: "b"}, {Worker: "c", Draining: true, Job: "y"},
					{Worker: "d", Waits: "the store"},
				},
			},
		}
	}), metrics.Disk{Name: "data", Path: t.TempDir()}, metrics.Caches{
		"thumbs":  func() cache.Stats { return cache.Stats{Hits: 1, SharedHits: 2, Misses: 3, Dropped: 4, Bytes: 5} },
		"friends": func() cache.Stats { return cache.Stats{SharedHits: 6} },
	})
	metrics.NewOutages(r)(outage.StoreFull, true)
	metrics.NewRefused(r)(ftpserver.Login)
	metrics.NewAdminRefused(r)(admin.WrongHost)
	metrics.NewJournal(r)(1, 2)
	metrics.NewScrub(r).Lost()
	metrics.NewPhotos(r)(gather.Downloaded, 1000)
	metrics.NewShown(r).Observe(7 * time.Second)
	w := metrics.NewWorker(r, metrics.NewRecovered(r))
	w.Began(2*time.Second, time.Millisecond)
	w.Left()
	w.Phase(job.Matching, time.Second)
	w.Delivered(1234)
	w.Swept(queue.Swept{Expired: 2, Rejoined: 1})
	w.Ended("done", "", 3*time.Second, job.Result{Friends: 10, Missing: 1})
	w.Ended("retried", job.Undelivered, time.Second, job.Result{})
	m := mux.NewRouter()
	web := metrics.NewWeb(r)
	m.Path("/m/{id}").HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "hello") })
	m.NotFoundHandler = web.Middleware(http.NotFoundHandler())
	m.Use(web.Middleware)
	for _, target := range []string{"/m/1", "/m/2", "/wp-login.php"} {
		m.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, target, nil))
	}
	m.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("BREW", "/m/3", nil))
	return r
}

func TestMetrics(t *testing.T) {
	wantLines(t, scrape(t, everything(t)),
		`smalti_queue_up 1`, `smalti_queue_waiting_jobs{list="interactive"} 3`, `smalti_queue_waiting_jobs{list="bulk"} 2`,
		`smalti_queue_oldest_waiting_seconds{list="interactive"} 30`, `smalti_queue_oldest_waiting_seconds{list="bulk"} 0`,
		`smalti_queue_open_jobs 7`, `smalti_queue_running_jobs 2`, `smalti_queue_dead_jobs 1`, `smalti_queue_accepted_jobs_total 99`,
		`smalti_redis_warnings 1`, `smalti_workers{state="busy"} 1`, `smalti_workers{state="idle"} 1`, `smalti_workers{state="draining"} 1`,
		`smalti_workers{state="waiting"} 1`, `smalti_workers_in_phase{phase="matching"} 1`, `smalti_workers_in_phase{phase="photos"} 0`,
		`smalti_workers_stopped_total{cause="name_taken"} 3`, `smalti_queue_unread_jobs 2`, `smalti_jobs_left_total 1`,
		`smalti_job_start_seconds_sum 0.001`, `smalti_recovered_jobs_total{cause="rejoined"} 1`, `smalti_recovered_jobs_total{cause="unread"} 0`,
		`smalti_outage{kind="store_full"} 1`, `smalti_outage{kind="redis_password"} 0`,
		`smalti_admin_refused_total{reason="host"} 1`, `smalti_admin_refused_total{reason="token"} 0`,
		`smalti_store_refused_total{reason="password"} 1`, `smalti_store_refused_total{reason="full"} 0`,
		`smalti_cache_lookups_total{cache="thumbs",result="memory"} 1`, `smalti_cache_lookups_total{cache="thumbs",result="redis"} 2`,
		`smalti_cache_lookups_total{cache="thumbs",result="miss"} 3`, `smalti_cache_lookups_total{cache="friends",result="redis"} 6`,
		`smalti_cache_dropped_total{cache="thumbs"} 4`, `smalti_cache_memory_bytes{cache="thumbs"} 5`,
		`smalti_photos_gathered_total{how="loaded"} 1`, `smalti_photos_gathered_total{how="missing"} 0`, `smalti_photos_loaded_bytes_total 1000`,
		`smalti_mosaic_shown_seconds_sum 7`,
		`smalti_workers_wanted 6`,
		`smalti_attempts_total{code="",outcome="done"} 1`, `smalti_attempts_total{code="undelivered",outcome="retried"} 1`,
		`smalti_job_wait_seconds_sum 2`, `smalti_phase_seconds_sum{phase="matching"} 1`, `smalti_delivered_bytes_total 1234`,
		`smalti_photos_total 10`, `smalti_photos_missing_total 1`, `smalti_recovered_jobs_total{cause="expired"} 2`,
		`smalti_http_requests_total{code="200",method="GET",route="/m/{id}"} 2`,
		`smalti_http_requests_total{code="404",method="GET",route="none"} 1`,
		`smalti_http_requests_total{code="200",method="other",route="/m/{id}"} 1`,
		`smalti_http_sent_bytes_total 34`,
	)
}

func TestQueueThatIsAway(t *testing.T) {
	for name, v := range map[string]fleet.View{
		"not seen yet": {}, "away": {At: time.Now(), Err: errors.New("away"), Overview: queue.Overview{Accepted: 5}},
	} {
		r := prometheus.NewRegistry()
		r.MustRegister(metrics.NewQueue(func() fleet.View { return v }))
		text := scrape(t, r)
		wantLines(t, text, "smalti_queue_up 0")
		if strings.Contains(text, "accepted") {
			t.Errorf("%s: old figures:\n%s", name, text)
		}
	}
}

// promtool knows the conventions of names and units.
func TestPromtoolLikesTheNames(t *testing.T) {
	promtool := testenv.Program(t, "promtool")
	var own []string
	for l := range strings.Lines(scrape(t, everything(t))) {
		if strings.Contains(l, "smalti_") {
			own = append(own, l)
		}
	}
	cmd := exec.Command(promtool, "check", "metrics")
	cmd.Stdin = strings.NewReader(strings.Join(own, ""))
	if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("promtool check metrics: %v\n%s", err, out)
	}
}
