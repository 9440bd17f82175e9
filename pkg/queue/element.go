package queue

import "strings"

const (
	seqPrefix = `{"seq":`
	seqDigits = 15 // Lua's numbers are exact that far
)

// splitElement takes the number off a list's element: {"seq":17,"v":1} is "17" and {"v":1}. An
// element that was pushed by hand has no number: seq is empty, and body is the element.
func splitElement(element string) (seq, body string) {
	rest, ok := strings.CutPrefix(element, seqPrefix)
	if !ok {
		return "", element
	}
	seq, rest, ok = strings.Cut(rest, ",")
	digits := strings.TrimPrefix(seq, "-")
	if !ok || digits == "" || len(digits) > seqDigits || strings.Trim(digits, "0123456789") != "" {
		return "", element
	}
	return seq, "{" + rest
}
