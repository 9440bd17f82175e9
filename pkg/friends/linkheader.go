package friends

import (
	"net/http"
	"net/url"
	"strings"
)

// nextOf finds the link with rel="next" in the Link headers of an answer (RFC 8288), and returns its query. The rest of
// the address is ignored: a server could point it anywhere, and behind a proxy it may be wrong.
func nextOf(h http.Header) url.Values {
	for _, line := range h.Values("Link") {
		for line != "" {
			var target, params string
			target, params, line = cutLink(line)
			if !isNext(params) {
				continue
			}
			if u, err := url.Parse(target); err == nil {
				return u.Query()
			}
		}
	}
	return nil
}

// cutLink cuts off the first link of a Link header: <target>; param; param, rest.
func cutLink(s string) (target, params, rest string) {
	_, s, found := strings.Cut(s, "<")
	if !found {
		return "", "", ""
	}
	target, s, found = strings.Cut(s, ">")
	if !found {
		return "", "", ""
	}
	params, rest = cutUnquoted(s, ',')
	return target, params, rest
}

// cutUnquoted cuts at the first separator outside quoted strings (RFC 9110, 5.6.4).
func cutUnquoted(s string, sep byte) (before, after string) {
	quoted := false
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '"':
			quoted = !quoted
		case s[i] == '\\' && quoted:
			i++
		case s[i] == sep && !quoted:
			return s[:i], s[i+1:]
		}
	}
	return s, ""
}

// isNext reports whether the relation types, of which one parameter may have several, include "next".
func isNext(params string) bool {
	for params != "" {
		var p string
		p, params = cutUnquoted(params, ';')
		name, value, _ := strings.Cut(p, "=")
		if !strings.EqualFold(strings.TrimSpace(name), "rel") {
			continue
		}
		for rel := range strings.FieldsSeq(strings.Trim(strings.TrimSpace(value), `"`)) {
			if strings.EqualFold(rel, "next") {
				return true
			}
		}
		return false // only the first rel counts (RFC 8288, 3.3)
	}
	return false
}
