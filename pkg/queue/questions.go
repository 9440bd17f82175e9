package queue

import (
	"context"
	"fmt"
	"sync"
	"time"
)

const (
	// mostTogether bounds how long one script holds up Redis: each question takes it a few microseconds.
	mostTogether = 100

	// slowFlight is after how long the next questions no longer wait for those that are on their way:
	// their connection may be dead.
	slowFlight = 100 * time.Millisecond

	// flightTime is what the answers get.
	flightTime = 4 * time.Second
)

// questions are about the states of jobs. Pages ask for nothing else, thousands of times a second, and
// a round trip costs more than its content. So while some questions are on their way, those that come
// are collected, and then go together. One that comes alone goes at once.
type questions struct {
	mu      sync.Mutex
	waiting []*question
	flights int       // senders that run
	left    time.Time // when the last one sent something
}

// question is one of them. answer and err are there when done is closed.
type question struct {
	id     string
	done   chan struct{}
	answer []any
	err    error
}

// ask returns the answer of the status script for one job.
func (q *Queue) ask(ctx context.Context, id string) ([]any, error) {
	asked := &question{id: id, done: make(chan struct{})}
	s := &q.questions
	s.mu.Lock()
	s.waiting = append(s.waiting, asked)
	if s.flights == 0 || time.Since(s.left) > slowFlight {
		s.flights++
		s.left = time.Now()
		go q.answerAll()
	}
	s.mu.Unlock()
	select {
	case <-asked.done:
		return asked.answer, asked.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// answerAll sends what waits, until nothing does.
func (q *Queue) answerAll() {
	s := &q.questions
	for {
		s.mu.Lock()
		if len(s.waiting) == 0 {
			s.flights--
			s.mu.Unlock()
			return
		}
		n := min(len(s.waiting), mostTogether)
		some := s.waiting[:n:n]
		s.waiting = s.waiting[n:]
		s.left = time.Now()
		s.mu.Unlock()
		q.answer(some)
	}
}

// answer makes one round trip.
func (q *Queue) answer(some []*question) {
	ctx, cancel := context.WithTimeout(context.Background(), flightTime)
	defer cancel()
	ids := make([]any, len(some))
	for i, asked := range some {
		ids[i] = asked.id
	}
	answers, err := statusScript.Run(ctx, q.cmd, []string{keyRecord(some[0].id)}, ids...).Slice()
	if err == nil && len(answers) != len(some) {
		err = fmt.Errorf("%d answers to %d questions", len(answers), len(some))
	}
	for i, asked := range some {
		if err != nil {
			asked.err = err
		} else if a, ok := answers[i].([]any); ok {
			asked.answer = a
		} else {
			asked.err = fmt.Errorf("its record: %v", answers[i])
		}
		close(asked.done)
	}
}
