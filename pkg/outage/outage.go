// Package outage reports what keeps a process from working: one line in the log when an outage begins,
// one when it is over, and a call for metrics at both.
package outage

import (
	"errors"
	"log/slog"
	"sync"

	"smalti/pkg/redisconn"
	"smalti/pkg/store"
)

// Kind names an outage in logs and metrics.
type Kind string

// The kinds of outages.
const (
	RedisAway     Kind = "redis_away"     // Redis does not answer, or answers with errors
	RedisPassword Kind = "redis_password" // Redis refuses the password
	StoreAway     Kind = "store_away"     // the store does not answer, or answers with errors
	StorePassword Kind = "store_password" // the store refuses the user or the password
	StoreFull     Kind = "store_full"     // the store has no room for another mosaic
	StoreOther    Kind = "store_other"    // the store is not the one that belongs to this Redis
)

// Kinds are all of them.
var Kinds = []Kind{RedisAway, RedisPassword, StoreAway, StorePassword, StoreFull, StoreOther}

// texts are the log lines of each kind: when it begins, what an operator can do, and when it is over.
var texts = map[Kind]struct{ begins, do, ends string }{
	RedisAway:     {"Redis is unavailable", "nothing if Redis comes back by itself: this process keeps retrying", "Redis is available again"},
	RedisPassword: {"Redis refuses the password", "compare -redis-password-file with Redis's requirepass or access list", "Redis no longer refuses the password"},
	StoreAway:     {"the store is unavailable", "nothing if the store comes back by itself: this process keeps retrying", "the store is available again"},
	StorePassword: {"the store refuses the user or the password", "compare -store and -store-password-file with the store's account", "the store no longer refuses the password"},
	StoreFull:     {"the store is full", "make room there, or raise its quota; mosaics wait and are delivered afterwards", "the store has room again"},
	StoreOther:    {"the store is not the one that belongs to this Redis", "give all web servers and workers the same -store; if it was replaced on purpose, run: web store forget", "the store belongs to this Redis again"},
}

// check is one thing that a Monitor looks at. Each has at most one outage at a time, and says nothing
// about the others: a full store still answers.
type check int

const (
	redis check = iota
	storeAnswers
	storeRoom
	storeIdentity
	checks
)

// Monitor reports the outages of one process. A nil Monitor reports nothing. It is safe for concurrent
// use once its fields are set.
type Monitor struct {
	Log    *slog.Logger
	Notify func(k Kind, on bool) // may be nil; called by one goroutine at a time

	mu  sync.Mutex
	now [checks]Kind // empty: no outage
}

// Redis reports the result of a call to Redis; nil means that it works.
func (m *Monitor) Redis(err error) {
	kind := RedisAway
	if redisconn.IsLoginError(err) {
		kind = RedisPassword
	}
	m.report(redis, kind, err)
}

// Store reports the result of a ping of the store; nil means that it answers.
func (m *Monitor) Store(err error) {
	kind := StoreAway
	if errors.Is(err, store.ErrLogin) {
		kind = StorePassword
	}
	m.report(storeAnswers, kind, err)
}

// StoreRoom reports that the store is full, or, with nil, that it took a mosaic.
func (m *Monitor) StoreRoom(full error) { m.report(storeRoom, StoreFull, full) }

// StoreIdentity reports that other stores belong to this process's Redis, or, with nil, that its own does.
func (m *Monitor) StoreIdentity(other error) { m.report(storeIdentity, StoreOther, other) }

func (m *Monitor) report(c check, kind Kind, err error) {
	if m == nil {
		return
	}
	if err == nil {
		kind = ""
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	was := m.now[c]
	if was == kind {
		return
	}
	m.now[c] = kind
	if was != "" {
		m.notify(was, false)
		m.Log.Info(texts[was].ends, "outage", was)
	}
	if kind != "" {
		m.notify(kind, true)
		m.Log.Error(texts[kind].begins, "outage", kind, "do", texts[kind].do, "error", err)
	}
}

func (m *Monitor) notify(k Kind, on bool) {
	if m.Notify != nil {
		m.Notify(k, on)
	}
}
