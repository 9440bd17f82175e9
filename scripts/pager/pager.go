package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os/exec"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

const (
	commandTime = 45 * time.Second // modems are slow
	perHour     = time.Hour
	heldBack    = "Smalti: too many alerts; further ones are not sent to this phone. Look at Alertmanager."
)

// pager sends alerts to phones: each only once, and at most so many an hour.
type pager struct {
	phones  []*phone
	command []string
	most    int           // messages to a phone in an hour
	again   time.Duration // before the same news is repeated
	log     *slog.Logger
	sent    *prometheus.CounterVec
}

// phone is sent one message at a time.
type phone struct {
	number string

	mu    sync.Mutex
	knows map[news]time.Time // when it was sent
	told  []time.Time        // times of its messages of the last hour
}

// news identifies a change of an alert, which a phone is told once.
type news struct {
	fingerprint, status string
	since               int64
}

func newPager(numbers, command []string, most int, again time.Duration, log *slog.Logger) *pager {
	p := &pager{command: command, most: most, again: again, log: log, sent: prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "smalti_pager_messages_total", Help: "Messages to phones: sent, failed, held_back by the limit, or known already.",
	}, []string{"outcome"})}
	for _, outcome := range []string{"sent", "failed", "held_back", "known"} {
		p.sent.WithLabelValues(outcome)
	}
	for _, n := range numbers {
		p.phones = append(p.phones, &phone{number: n, knows: map[news]time.Time{}})
	}
	return p
}

// page sends each phone what it does not know yet. The error joins those of phones that could not be reached; they
// are tried again when Alertmanager repeats the alerts.
func (p *pager) page(ctx context.Context, alerts []alert) error {
	// If Alertmanager disconnects, it will repeat the alerts; finish sending so that the phones know them by then.
	ctx = context.WithoutCancel(ctx)
	errs := make([]error, len(p.phones))
	var all sync.WaitGroup
	for i, to := range p.phones {
		all.Go(func() { errs[i] = p.tell(ctx, to, alerts) })
	}
	all.Wait()
	return errors.Join(errs...)
}

func (p *pager) tell(ctx context.Context, to *phone, alerts []alert) error {
	to.mu.Lock()
	defer to.mu.Unlock()
	to.forget(time.Now(), p.again)
	for _, a := range alerts {
		n := news{a.Fingerprint, a.Status, a.StartsAt.UnixNano()}
		if _, known := to.knows[n]; known {
			p.sent.WithLabelValues("known").Inc()
			continue
		}
		if len(to.told) >= p.most {
			p.sent.WithLabelValues("held_back").Inc()
			p.log.Warn("held back", "phone", to.number, "text", sentence(a))
			continue // Alertmanager repeats it while it fires
		}
		text := sentence(a)
		if last := len(to.told) == p.most-1; last && p.most > 1 {
			text = heldBack
		}
		if err := p.send(ctx, to.number, text); err != nil {
			p.sent.WithLabelValues("failed").Inc()
			p.log.Error("cannot reach phone", "phone", to.number, "error", err)
			return err // the next message would fail, too
		}
		p.sent.WithLabelValues("sent").Inc()
		to.told = append(to.told, time.Now())
		if text != heldBack {
			to.knows[n] = time.Now()
		}
	}
	return nil
}

func (to *phone) forget(now time.Time, again time.Duration) {
	for n, at := range to.knows {
		if now.Sub(at) >= again {
			delete(to.knows, n)
		}
	}
	for len(to.told) > 0 && now.Sub(to.told[0]) >= perHour {
		to.told = to.told[1:]
	}
}

func (p *pager) send(ctx context.Context, number, text string) error {
	ctx, cancel := context.WithTimeout(ctx, commandTime)
	defer cancel()
	words := make([]string, len(p.command))
	for i, w := range p.command {
		words[i] = strings.NewReplacer("{phone}", number, "{text}", text).Replace(w)
	}
	cmd := exec.CommandContext(ctx, words[0], words[1:]...)
	cmd.Stdin = strings.NewReader(text + "\n")
	cmd.WaitDelay = time.Second
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %.300s", words[0], err, out)
	}
	return nil
}
