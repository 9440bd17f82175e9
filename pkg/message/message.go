// Package message holds everything that Smalti says to people. A message is a code with named arguments;
// a catalogue (en.json, de.json) has the sentence for each code in one language, and formats the arguments
// as that language does.
//
// A sentence is always written whole, in the catalogue: code never joins words to one. What can only be
// told in two sentences is one message followed by another, see [Message.Followed].
package message

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"time"
	"unicode/utf8"
)

// Message is one thing to tell a person. It is the same in every language, so that it can be stored and
// sent, and be worded where it is shown.
type Message struct {
	Code string         `json:"code"`           // names the sentence in the catalogues, as in "photo.empty"
	Args map[string]any `json:"args,omitempty"` // by name: strings and float64s; durations in seconds, sizes in bytes
	Then *Message       `json:"then,omitempty"` // a further sentence
}

// Limits in bytes, since arguments may repeat what a stranger typed.
const (
	maxArg  = 200
	maxText = 600
)

// New is the message with a code, and arguments given as pairs of name and value: a string, a number or a
// [time.Duration]. Code and names are literals wherever possible: a test compares them with the catalogues.
func New(code string, pairs ...any) Message {
	m := Message{Code: code}
	for i := 0; i+1 < len(pairs); i += 2 {
		if m.Args == nil {
			m.Args = make(map[string]any, len(pairs)/2)
		}
		m.Args[fmt.Sprint(pairs[i])] = argument(pairs[i+1])
	}
	return m
}

// argument is a value as JSON has it, so that a message that was stored is equal to the original.
func argument(v any) any {
	switch v := v.(type) {
	case int:
		return float64(v)
	case int64:
		return float64(v)
	case time.Duration:
		return math.Ceil(v.Seconds())
	}
	return Clip(fmt.Sprint(v), maxArg)
}

// Followed is m with another message behind it.
func (m Message) Followed(by Message) Message {
	m.Then = &by
	return m
}

// String is the message in English.
func (m Message) String() string { return English.Say(m) }

// Told is a message as it is stored and sent to programs: with its text, for those that only print it. It
// is embedded in larger records. One that was stored before messages had codes has nothing but a text.
type Told struct {
	Text string  `json:"message"` // in English, unless the client asked for another language
	Says Message `json:"says,omitzero"`
}

// Told is the message with its English text.
func (m Message) Told() Told { return Told{Clip(m.String(), maxText), m} }

// Of finds the message for a person in an error's chain: that of the first error with a method
// Message() Message. An error without one is for the log alone.
func Of(err error) (m Message, ok bool) {
	var e interface{ Message() Message }
	if errors.As(err, &e) {
		return e.Message(), true
	}
	return Message{}, false
}

// Clip shortens s to at most the given number of bytes, with an ellipsis where something is missing.
func Clip(s string, most int) string {
	if len(s) <= most {
		return s
	}
	const ellipsis = "…"
	n := max(most-len(ellipsis), 0)
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return strings.ToValidUTF8(s[:n], "") + ellipsis
}
