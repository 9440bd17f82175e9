package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// webhook is the part of Alertmanager's message that pager uses:
// https://prometheus.io/docs/alerting/latest/configuration/#webhook_config, version 4.
type webhook struct {
	Version string  `json:"version"`
	Alerts  []alert `json:"alerts"`
}

// alert is one alert of a group.
type alert struct {
	Status      string            `json:"status"` // firing or resolved
	Labels      map[string]string `json:"labels"`
	Annotations map[string]string `json:"annotations"`
	StartsAt    time.Time         `json:"startsAt"`
	Fingerprint string            `json:"fingerprint"`
}

const (
	maxBody   = 4 << 20
	maxAlerts = 1_000
)

// ServeHTTP answers when every phone has its messages. Alertmanager repeats what is not answered with a 2xx.
func (p *pager) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var hook webhook
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody)).Decode(&hook); err != nil {
		http.Error(w, "not an Alertmanager message: "+err.Error(), http.StatusBadRequest)
		return
	}
	if err := hook.check(); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if err := p.page(r.Context(), hook.Alerts); err != nil {
		http.Error(w, "not every phone was reached", http.StatusBadGateway)
		return
	}
}

func (h *webhook) check() error {
	if h.Version != "4" {
		return fmt.Errorf("unknown webhook version %q", h.Version)
	}
	if len(h.Alerts) > maxAlerts {
		return fmt.Errorf("more than %d alerts at once", maxAlerts)
	}
	for _, a := range h.Alerts {
		if a.Fingerprint == "" || a.Status != "firing" && a.Status != "resolved" {
			return errors.New("an alert without fingerprint or status")
		}
	}
	return nil
}
