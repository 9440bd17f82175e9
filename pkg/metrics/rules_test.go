package metrics_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"smalti/pkg/testenv"
)

var names = regexp.MustCompile(`\bsmalti_[a-z_]+`)

// Rules, dashboard and scaler name only what there is.
func TestNamesInRulesAndDashboard(t *testing.T) {
	exported := map[string]bool{}
	for _, name := range names.FindAllString(scrape(t, everything(t)), -1) {
		exported[name] = true
	}
	text, err := os.ReadFile("../../scripts/backup") // for node-exporter
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names.FindAllString(string(text), -1) {
		exported[name] = true
	}
	for _, file := range []string{"../../scripts/prometheus/alerts.yml", "../../scripts/grafana.json", "../../scripts/keda.yaml"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		used := names.FindAllString(string(text), -1)
		if len(used) == 0 {
			t.Errorf("%s names no metric", file)
		}
		for _, name := range used {
			if !exported[name] {
				t.Errorf("%s: there is no metric %s", file, name)
			}
		}
	}
}

func TestDashboardIsJSON(t *testing.T) {
	text, err := os.ReadFile("../../scripts/grafana.json")
	if err != nil {
		t.Fatal(err)
	}
	var d struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
	}
	if err := json.Unmarshal(text, &d); err != nil || len(d.Panels) == 0 {
		t.Fatalf("%d panels, %v", len(d.Panels), err)
	}
	for _, p := range d.Panels {
		if p.Title == "" || len(p.Targets) == 0 || p.Targets[0].Expr == "" {
			t.Errorf("an empty panel: %+v", p)
		}
	}
}

func TestAlerts(t *testing.T) {
	promtool := testenv.Program(t, "promtool")
	for _, args := range [][]string{{"check", "rules", "alerts.yml"}, {"test", "rules", "alerts_test.yml"}} {
		cmd := exec.Command(promtool, args...)
		cmd.Dir = "../../scripts/prometheus"
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("promtool %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
}
