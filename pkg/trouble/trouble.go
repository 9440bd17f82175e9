// Package trouble says what a process is waiting for when it cannot work: once in the log when it
// begins, once when it is over, and to whoever measures it for as long as it lasts.
package trouble

import (
	"errors"
	"log/slog"
	"sync"

	"smalti/pkg/redisconn"
	"smalti/pkg/store"
)

// Kind is a kind of trouble, for programs.
type Kind string

// The kinds of trouble.
const (
	RedisAway     Kind = "redis_away"     // it does not answer, or refuses
	RedisPassword Kind = "redis_password" // it does not let us in
	StoreAway     Kind = "store_away"     // it does not answer, or refuses
	StorePassword Kind = "store_password" // it does not let us in
	StoreFull     Kind = "store_full"     // it takes no more
	StoreOther    Kind = "store_other"    // it is not the one that belongs to this Redis
)

// Kinds are all of them.
var Kinds = []Kind{RedisAway, RedisPassword, StoreAway, StorePassword, StoreFull, StoreOther}

// told is what ops read: what is wrong, and what to do about it.
var told = map[Kind][2]string{
	RedisAway:     {"Redis cannot be used", "nothing here, if Redis comes back: it is asked again and again"},
	RedisPassword: {"Redis refuses the password", "compare -redis-password-file with Redis's requirepass or access list"},
	StoreAway:     {"the store cannot be used", "nothing here, if the store comes back: it is asked again and again"},
	StorePassword: {"the store refuses the user or the password", "compare -store and -store-password-file with the store's account"},
	StoreFull:     {"the store is full", "make room there, or raise its quota; mosaics wait, and are then delivered"},
	StoreOther:    {"the store is not the one that belongs to this Redis", "give all web servers and workers the same -store; if the store was replaced on purpose, say so with: web store forget"},
}

// part is what a trouble is with. Each part has one trouble at a time; one says nothing of another:
// a full store still answers.
type part int

const (
	redis part = iota
	storeItself
	room
	whose
)

// Watch notes the troubles of one process. A nil Watch notes nothing. It is safe for concurrent use.
type Watch struct {
	Log  *slog.Logger
	Seen func(k Kind, on bool) // may be nil; called by one goroutine at a time

	mu  sync.Mutex
	now [4]Kind // by part; empty: none
}

// Redis notes what came of asking Redis: err, or that it works.
func (w *Watch) Redis(err error) {
	k := Kind("")
	switch {
	case redisconn.IsLoginError(err):
		k = RedisPassword
	case err != nil:
		k = RedisAway
	}
	w.note(redis, k, err)
}

// Store notes what came of asking the store whether it is there: err, or that it is.
func (w *Watch) Store(err error) {
	k := Kind("")
	switch {
	case errors.Is(err, store.ErrLogin):
		k = StorePassword
	case err != nil:
		k = StoreAway
	}
	w.note(storeItself, k, err)
}

// Room notes what came of putting a mosaic into the store: the error that it is full, or, with nil, that
// it took one.
func (w *Watch) Room(full error) {
	k := Kind("")
	if full != nil {
		k = StoreFull
	}
	w.note(room, k, full)
}

// Whose notes whether the store belongs to the Redis that this process uses: the error says which do
// instead.
func (w *Watch) Whose(other error) {
	k := Kind("")
	if other != nil {
		k = StoreOther
	}
	w.note(whose, k, other)
}

func (w *Watch) note(p part, k Kind, err error) {
	if w == nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	was := w.now[p]
	if was == k {
		return
	}
	w.now[p] = k
	if was != "" {
		w.see(was, false)
		w.Log.Info("over: "+told[was][0], "trouble", was)
	}
	if k != "" {
		w.see(k, true)
		w.Log.Error(told[k][0], "trouble", k, "do", told[k][1], "error", err)
	}
}

func (w *Watch) see(k Kind, on bool) {
	if w.Seen != nil {
		w.Seen(k, on)
	}
}
