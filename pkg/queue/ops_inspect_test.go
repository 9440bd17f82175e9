package queue_test

import (
	"os"
	"strings"
	"testing"

	"smalti/pkg/queue"
	"smalti/pkg/redisconn/redistest"
)

func inspect(t *testing.T, s server, cfg queue.Config) []string {
	t.Helper()
	wrong, err := s.open(t, cfg).Ops().Inspect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return wrong
}

// The configuration that the project ships is one that it finds nothing wrong with.
func TestTheShippedRedisConfiguration(t *testing.T) {
	t.Parallel()
	file, err := os.ReadFile("../../scripts/redis.conf")
	if err != nil {
		t.Fatal(err)
	}
	r := redistest.StartConf(t, string(file))
	s := connect(t, r.Addr, r.Password)
	if wrong := inspect(t, s, queue.Config{}); len(wrong) != 0 {
		t.Errorf("Inspect = %q", wrong)
	}
	for name, want := range map[string]string{"appendfsync": "always", "save": "", "tcp-keepalive": "60", "timeout": "0"} {
		if got := s.raw.ConfigGet(t.Context(), name).Val()[name]; got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	q := s.open(t, queue.Config{})
	p := put(t, q)
	r.Kill()
	if err := r.Restart(); err != nil {
		t.Fatal(err)
	}
	take(t, s.open(t, queue.Config{}), p.ID)
}

func TestWhatIsWrongWithARedis(t *testing.T) {
	t.Parallel()
	r := redistest.StartConf(t, "maxmemory-policy allkeys-lru")
	s := connect(t, r.Addr, r.Password)
	set := func(name, value string) {
		t.Helper()
		if err := s.raw.ConfigSet(t.Context(), name, value).Err(); err != nil {
			t.Fatal(err)
		}
	}
	for _, tc := range []struct {
		name string
		cfg  queue.Config
		mend func()
		want []string
	}{
		{"everything", queue.Config{MinReplicas: 1}, func() { set("requirepass", "") }, []string{"appendonly", "allkeys-lru", "0 replicas", "requirepass"}},
		{"no more but the password", queue.Config{}, func() { set("appendonly", "yes"); set("maxmemory-policy", "noeviction") }, []string{"requirepass"}},
		{"nothing", queue.Config{}, func() { set("requirepass", r.Password) }, nil},
	} {
		tc.mend()
		s.password = s.raw.ConfigGet(t.Context(), "requirepass").Val()["requirepass"]
		wrong := inspect(t, s, tc.cfg)
		if len(wrong) != len(tc.want) {
			t.Errorf("%s: %q, want %d sentences", tc.name, wrong, len(tc.want))
			continue
		}
		for i, part := range tc.want {
			if !strings.Contains(wrong[i], part) {
				t.Errorf("%s: %q, want %q in it", tc.name, wrong[i], part)
			}
		}
	}
	// Who may not ask says so, and goes on.
	if err := s.raw.Do(t.Context(), "ACL", "SETUSER", "default", "-info").Err(); err != nil {
		t.Fatal(err)
	}
	if wrong := inspect(t, s, queue.Config{}); len(wrong) != 1 || !strings.Contains(wrong[0], "INFO") {
		t.Errorf("without INFO: %q", wrong)
	}
}
