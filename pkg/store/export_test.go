package store

import (
	"context"
	"net"
	"time"
)

// Rewire makes r connect in another way, and lose its patience sooner.
func Rewire(r *Remote, dial func(ctx context.Context, network, addr string) (net.Conn, error), idle time.Duration) {
	r.connect, r.idle = dial, idle
}

// Forget cuts the connections that r keeps.
func (r *Remote) Forget() { r.dropKept() }

// For the fuzz tests.
var (
	ParseManifest   = parseManifest
	ParseClientPath = func(p string) (rel string, err error) {
		at, err := parseClientPath(p)
		return at.rel, err
	}
)

// Budget is for the test of it, by which every refusal is of a server without sessions.
type Budget struct{ b budget }

func NewBudget() *Budget { return &Budget{} }

func (b *Budget) MayOpen() bool { ok, _ := b.b.mayOpen(time.Now()); return ok }
func (b *Budget) Begin()        { b.b.begin() }
func (b *Budget) Succeeded()    { b.b.succeeded(time.Now()) }
func (b *Budget) Failed(_ error, patience time.Duration) bool {
	return b.b.failed(time.Now(), busy, patience)
}
func (b *Budget) TooMany() bool { return b.b.tooMany() }
func (b *Budget) Ended()        { b.b.ended() }
func (b *Budget) Open() int     { return b.b.open }

// What only tests use.
var (
	ErrName   = errName
	ValidName = validName
	NewPair   = newPair
)
