package main

import (
	"strings"
	"testing"
)

func TestSentence(t *testing.T) {
	long := strings.Repeat("word ", 60)
	for name, tc := range map[string]struct {
		a    alert
		want string
	}{
		"firing":     {alert{Annotations: map[string]string{"summary": "No worker is alive."}}, "Smalti: No worker is alive."},
		"resolved":   {alert{Status: "resolved", Annotations: map[string]string{"summary": "No worker is alive."}}, "Smalti, over: No worker is alive."},
		"no summary": {alert{Labels: map[string]string{"alertname": "Disk", "instance": "a:9100"}}, "Smalti: Disk at a:9100"},
		"signs":      {alert{Annotations: map[string]string{"summary": "“a” – b…\nç → 漢 ü ñ"}}, `Smalti: "a" - b... c -> ? ü ñ`},
		"too long":   {alert{Annotations: map[string]string{"summary": long}}, "Smalti: " + strings.TrimSpace(long[:145]) + "..."},
		"one word":   {alert{Annotations: map[string]string{"summary": strings.Repeat("é", 200)}}, "Smalti: " + strings.Repeat("é", 149) + "..."},
		"two each":   {alert{Annotations: map[string]string{"summary": strings.Repeat("€", 77)}}, "Smalti: " + strings.Repeat("€", 74) + "..."},
		"just fits":  {alert{Annotations: map[string]string{"summary": strings.Repeat("€", 76)}}, "Smalti: " + strings.Repeat("€", 76)},
	} {
		if got := sentence(tc.a); got != tc.want {
			t.Errorf("%s:\n%s\nwant\n%s", name, got, tc.want)
		}
	}
}

func FuzzSentence(f *testing.F) {
	for _, seed := range []string{"", "a", "{{[[|€", "\x00\xff\n", strings.Repeat("ß^", 90), "漢字 – 🙂"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, summary string) {
		got, used := sentence(alert{Annotations: map[string]string{"summary": summary}}), 0
		for _, r := range got {
			n := septets(r)
			if n == 0 {
				t.Fatalf("%q is not in the alphabet: %q", r, got)
			}
			used += n
		}
		if used > maxSeptets || !strings.HasPrefix(got, "Smalti:") {
			t.Fatalf("%d septets: %q", used, got)
		}
	})
}
