package friends

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"unicode"

	"smalti/pkg/message"
)

// maxHandle is longer than any handle or link to a profile, in bytes.
const maxHandle = 512

// tidy removes what comes along when somebody copies a handle: surrounding spaces, brackets, invisible characters, a
// trailing full stop.
func tidy(s string) (string, error) {
	if len(s) > maxHandle {
		return "", fail(BadHandle, nil, message.New("friends.handle_too_long"))
	}
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	s = strings.TrimSpace(s)
	s = strings.TrimSuffix(strings.TrimPrefix(s, "<"), ">")
	s = strings.TrimRight(strings.TrimSpace(s), ".,;/")
	if s == "" {
		return "", fail(BadHandle, nil, message.New("friends.handle_missing"))
	}
	return s, nil
}

// profileLink splits a link to a profile; ok reports whether s is a link at all. The scheme may be missing, as in
// example.org/@anna.
func profileLink(s string) (host string, path []string, ok bool) {
	if rest, isLink := cutFold(s, "https://"); isLink {
		s = rest
	} else if rest, isLink := cutFold(s, "http://"); isLink {
		s = rest
	} else if i := strings.IndexByte(s, '/'); i <= 0 || strings.Contains(s[:i], "@") {
		return "", nil, false
	}
	u, err := url.Parse("https://" + s)
	if err != nil || u.User != nil {
		return "", nil, false
	}
	if host, ok = canonicalHost(u.Host); !ok {
		return "", nil, false
	}
	for part := range strings.SplitSeq(u.Path, "/") {
		if part != "" {
			path = append(path, part)
		}
	}
	return host, path, true
}

func cutFold(s, prefix string) (rest string, ok bool) {
	if len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix) {
		return s[len(prefix):], true
	}
	return s, false
}

// A host's labels may be in any language; they are converted for the request (RFC 5890).
var hostForm = regexp.MustCompile(`^[\pL\pN]([\pL\pM\pN-]*[\pL\pM\pN])?(\.[\pL\pN]([\pL\pM\pN-]*[\pL\pM\pN])?)*(:[0-9]{1,5})?$`)

// canonicalHost returns the host in lower case, without a trailing full stop.
func canonicalHost(s string) (string, bool) {
	s = strings.TrimSuffix(strings.ToLower(s), ".")
	return s, len(s) <= 253 && hostForm.MatchString(s)
}

// userAtHost parses the ways to name somebody on one of many servers: @user@host, user@host, acct:user@host, and links
// that end in @user, @user@host or users/user. home is the default host.
func userAtHost(s, network, home string, form *regexp.Regexp) (user, host string, err error) {
	if s, err = tidy(s); err != nil {
		return "", "", err
	}
	if at, path, ok := profileLink(s); ok {
		if len(path) == 0 {
			return "", "", fail(BadHandle, nil, message.New("friends.link_to_server"))
		}
		if len(path) > 1 && (path[0] == "users" || path[0] == "web" || path[0] == "u") {
			path = path[1:]
		}
		s = strings.TrimPrefix(path[0], "@")
		if !strings.Contains(s, "@") { // with an @ it is the local copy of a remote profile; ask its own server
			s += "@" + at
		}
	}
	s, _ = cutFold(s, "acct:")
	user, host, found := strings.Cut(strings.TrimPrefix(s, "@"), "@")
	if !form.MatchString(user) {
		return "", "", badHandle(s, network, exampleOf(network))
	}
	if !found {
		if host = home; host == "" {
			example := "@" + user + "@" + wellKnownHosts[0]
			e := fail(BadHandle, nil, message.New("friends.server_missing", "example", example))
			e.Suggestions = []string{example}
			return "", "", e
		}
	}
	host, ok := canonicalHost(host)
	if !ok {
		return "", "", fail(BadHandle, nil, message.New("friends.bad_server", "host", short(host)))
	}
	return strings.ToLower(user), host, nil
}

func badHandle(typed, network, example string) *Error {
	return fail(BadHandle, nil, message.New("friends.bad_handle", "handle", short(typed), "network", network, "example", example))
}

func exampleOf(network string) string {
	if network == "Mastodon" {
		return "@anna@" + wellKnownHosts[0]
	}
	return "anna@example.org"
}

// short truncates what somebody typed, to quote it in a sentence.
func short(s string) string {
	if r := []rune(s); len(r) > 60 {
		return fmt.Sprintf("%s…", string(r[:60]))
	}
	return s
}
