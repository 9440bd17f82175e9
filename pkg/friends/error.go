package friends

import (
	"errors"
	"fmt"
	"time"

	"smalti/pkg/message"
)

// Kind says for programs why there are no friends.
type Kind string

// The kinds of errors.
const (
	BadHandle    Kind = "bad_handle"     // what was typed cannot be a handle
	NoSuchPerson Kind = "no_such_person" // the network does not know the person
	Nobody       Kind = "nobody"         // the list is empty
	Hidden       Kind = "hidden"         // the person hides the list
	Withheld     Kind = "withheld"       // the person asks not to be shown, or the server shows them to some people only
	Moved        Kind = "moved"          // the account is now elsewhere: Suggestions has where
	LoginNeeded  Kind = "login_needed"   // the server shows lists only to those who log in
	WrongNetwork Kind = "wrong_network"  // the server is not one of this network
	Offline      Kind = "offline"        // we cannot reach the network; the fault is on our side
	Unreachable  Kind = "unreachable"    // the server cannot be reached, or fails
	Slow         Kind = "slow"           // the server took too long
	Broken       Kind = "broken"         // the server's answer makes no sense
	Refused      Kind = "refused"        // we may not connect to the server's address
	Busy         Kind = "busy"           // asked too often; see Retry
	Forgotten    Kind = "forgotten"      // the list of a cursor has expired
)

// Error is why friends or photos could not be had: Error is for the log, Message for the person who asked.
type Error struct {
	Kind        Kind          // empty where photos were uploaded or linked
	Retry       time.Duration // of Busy: when to try again
	Suggestions []string      // handles that may have been meant; of Moved: where the account is now

	message message.Message
	err     error
}

func (e *Error) Error() string {
	if e.err != nil {
		return fmt.Sprintf("%s (%v)", e.message, e.err)
	}
	return e.message.String()
}

func (e *Error) Unwrap() error { return e.err }

// Message is for the person who asked.
func (e *Error) Message() message.Message { return e.message }

// KindOf is the kind of the first [Error] in the chain of err, or empty.
func KindOf(err error) Kind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	return ""
}

func fail(k Kind, cause error, m message.Message) *Error {
	return &Error{Kind: k, message: m, err: cause}
}

func noSuchPerson(handle, host string) *Error {
	return fail(NoSuchPerson, nil, message.New("friends.no_such_person", "handle", handle, "host", host))
}

func loginNeeded(host string, cause error) *Error {
	return fail(LoginNeeded, cause, message.New("friends.login_needed", "host", host))
}

func wrongNetwork(host, network string, cause error) *Error {
	return fail(WrongNetwork, cause, message.New("friends.wrong_network", "host", host, "network", network))
}

func broken(host string, cause error) *Error {
	return fail(Broken, cause, message.New("friends.broken", "host", host))
}

func refused(host string, cause error) *Error {
	return fail(Refused, cause, message.New("friends.refused", "host", host))
}

func serverError(host string, status int) *Error {
	return fail(Unreachable, fmt.Errorf("HTTP status %d", status), message.New("friends.in_trouble", "host", host))
}

func busy(host string, wait time.Duration) *Error {
	return tryLater(wait, nil, message.New("friends.busy", "host", host, "wait", wait))
}

// tryLater is an error of the kind [Busy].
func tryLater(wait time.Duration, cause error, m message.Message) *Error {
	return &Error{Kind: Busy, Retry: wait, message: m, err: cause}
}

// emptyList says why a list is empty. Networks answer alike for a hidden list and an empty one, but their
// counts include people who are hidden.
func emptyList(who Subject, d Direction) *Error {
	hidden := who.Hides || who.Count(d) > 0
	switch {
	case hidden && d == Followers:
		return fail(Hidden, nil, message.New("friends.followers_hidden", "handle", who.Handle))
	case hidden:
		return fail(Hidden, nil, message.New("friends.following_hidden", "handle", who.Handle))
	case d == Followers:
		return fail(Nobody, nil, message.New("friends.no_followers", "handle", who.Handle))
	}
	return fail(Nobody, nil, message.New("friends.follows_nobody", "handle", who.Handle))
}

func badCursor(cursor string) *Error {
	return fail(Forgotten, fmt.Errorf("cursor %q", cursor), message.New("friends.bad_cursor"))
}
