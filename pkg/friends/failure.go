package friends

import (
	"errors"
	"fmt"
	"time"
)

// Kind says why there are no friends, for programs.
type Kind string

// Why there are no friends.
const (
	BadHandle    Kind = "bad_handle"     // what was typed cannot be a handle
	NoSuchPerson Kind = "no_such_person" // the network does not know the person
	Nobody       Kind = "nobody"         // the list is empty
	Hidden       Kind = "hidden"         // the person hides the list
	Withheld     Kind = "withheld"       // the person asks not to be shown, or the server does not show everybody
	Moved        Kind = "moved"          // the account is now elsewhere: Suggestions has where
	LoginNeeded  Kind = "login_needed"   // the server shows lists only to those who log in
	WrongNetwork Kind = "wrong_network"  // the server is not one of this network
	Offline      Kind = "offline"        // this side cannot reach the network; nobody else is to blame
	Unreachable  Kind = "unreachable"    // the server cannot be reached, or is in trouble
	Slow         Kind = "slow"           // the server took too long
	Broken       Kind = "broken"         // the server's answer makes no sense
	Refused      Kind = "refused"        // the server's address must not be dialled
	Busy         Kind = "busy"           // asked too often; see Retry
	Forgotten    Kind = "forgotten"      // the list that a cursor is of is no longer kept
)

// Error is what a person should know about why friends or photos could not be had. Error is for ops,
// Sentence for the person who asked.
type Error struct {
	Kind        Kind          // empty of photos that somebody brought along
	Retry       time.Duration // of Busy: when to try again
	Suggestions []string      // handles that may have been meant; of Moved: where the account is now

	sentence string
	err      error
}

func (e *Error) Error() string {
	if e.err != nil {
		return fmt.Sprintf("%s (%v)", e.sentence, e.err)
	}
	return e.sentence
}

func (e *Error) Unwrap() error { return e.err }

// Sentence is for the person who asked.
func (e *Error) Sentence() string {
	if len(e.Suggestions) == 0 || e.Kind == Moved {
		return e.sentence
	}
	s := e.sentence + " Did you mean " + e.Suggestions[0]
	for i, more := range e.Suggestions[1:] {
		if i == len(e.Suggestions)-2 {
			s += " or " + more
		} else {
			s += ", " + more
		}
	}
	return s + "?"
}

// KindOf is the kind of the first [Error] in the chain of err, or empty.
func KindOf(err error) Kind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	return ""
}

func fail(k Kind, cause error, format string, args ...any) *Error {
	return &Error{Kind: k, sentence: fmt.Sprintf(format, args...), err: cause}
}

func noSuchPerson(handle, host string) *Error {
	return fail(NoSuchPerson, nil, "There is nobody named %s at %s.", handle, host)
}

func loginNeeded(host string, cause error) *Error {
	return fail(LoginNeeded, cause, "%s lets nobody look without logging in, so the list cannot be read from here.", host)
}

func wrongNetwork(host, network string, cause error) *Error {
	return fail(WrongNetwork, cause, "%s is not a %s server.", host, network)
}

func broken(host string, cause error) *Error {
	return fail(Broken, cause, "%s gave an answer that cannot be understood here.", host)
}

func refused(host string, cause error) *Error {
	return fail(Refused, cause, "%s is not a server that may be asked from here.", host)
}

func inTrouble(host string, status int) *Error {
	return fail(Unreachable, fmt.Errorf("HTTP status %d", status), "%s has trouble of its own at the moment. Please try again later.", host)
}

func busy(host string, wait time.Duration) *Error {
	e := fail(Busy, nil, "%s is busy. Please try again in %s.", host, inWords(wait))
	e.Retry = wait
	return e
}

// inWords rounds up: who comes back too early is sent away once more.
func inWords(d time.Duration) string {
	count := func(n time.Duration, unit string) string {
		if n == 1 {
			return "one " + unit
		}
		return fmt.Sprintf("%d %ss", n, unit)
	}
	if d <= 90*time.Second {
		return count(max(1, (d+time.Second-1)/time.Second), "second")
	}
	return count((d+time.Minute-1)/time.Minute, "minute")
}

// emptyList says why a list has nobody: networks answer alike for a hidden list and an empty one,
// but still count those who are hidden.
func emptyList(who Subject, d Direction) *Error {
	hidden := who.Hides || who.Count(d) > 0
	switch {
	case hidden && d == Followers:
		return fail(Hidden, nil, "%s hides by whom they are followed.", who.Handle)
	case hidden:
		return fail(Hidden, nil, "%s hides whom they follow.", who.Handle)
	case d == Followers:
		return fail(Nobody, nil, "Nobody follows %s yet.", who.Handle)
	}
	return fail(Nobody, nil, "%s follows nobody yet.", who.Handle)
}

func badCursor(cursor string) *Error {
	return fail(Forgotten, fmt.Errorf("cursor %q", cursor), "There is no such page of friends.")
}
