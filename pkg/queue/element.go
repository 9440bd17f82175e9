package queue

import (
	"regexp"
	"strconv"
	"strings"

	"smalti/pkg/job"
)

const (
	seqPrefix = `{"seq":`
	seqDigits = 15 // Lua's numbers are exact up to here
)

// splitElement splits the sequence number off an element: {"seq":17,"v":1} is "17" and {"v":1}. An element
// that was pushed by hand has none: seq is empty, and body is the element.
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

var name = regexp.MustCompile(`^\{"v":([0-9]{1,2}),"id":"([A-Za-z0-9_-]{22})"\}$`)

// splitName parses a body that only names its package, which is in the job's record: see
// scripts/common.lua.
func splitName(body string) (version int, id string, ok bool) {
	m := name.FindStringSubmatch(body)
	if m == nil || !job.ValidID(m[2]) {
		return 0, "", false
	}
	version, _ = strconv.Atoi(m[1])
	return version, m[2], version > 1
}
