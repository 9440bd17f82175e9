package friends

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
)

// webfinger looks a user up by WebFinger (RFC 7033), because the domain of a handle may differ from the server's. It
// returns the canonical name and domain, and the server's origin.
func (m *mastodon) webfinger(ctx context.Context, user, host string) (name, domain, origin string, ok bool) {
	a, err := m.client.get(ctx, call{
		origin: "https://" + host, path: "/.well-known/webfinger", query: url.Values{"resource": {"acct:" + user + "@" + host}},
		header: map[string]string{"Accept": "application/jrd+json, application/json"}, anyServer: true,
	})
	if err != nil || a.status != http.StatusOK || !a.isJSON() {
		return "", "", "", false
	}
	name, domain, server, ok := parseJRD(a.body)
	if !ok {
		return "", "", "", false
	}
	return name, domain, "https://" + server, true
}

// parseJRD reads a JSON Resource Descriptor: the subject's name and domain, and the host of the ActivityPub link.
func parseJRD(data []byte) (name, domain, server string, ok bool) {
	var jrd struct {
		Subject string `json:"subject"`
		Links   []struct {
			Rel, Type, Href string
		} `json:"links"`
	}
	if json.Unmarshal(data, &jrd) != nil {
		return "", "", "", false
	}
	acct, isAccount := cutFold(jrd.Subject, "acct:")
	name, domain, _ = strings.Cut(acct, "@")
	domain, fine := canonicalHost(domain)
	if !isAccount || !fine || !fediverseName.MatchString(name) {
		return "", "", "", false
	}
	for _, l := range jrd.Links {
		if l.Rel != "self" || !strings.Contains(l.Type, "activity+json") && !strings.Contains(l.Type, "activitystreams") {
			continue
		}
		u, err := url.Parse(l.Href)
		if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.User != nil {
			continue
		}
		if server, fine := canonicalHost(u.Host); fine {
			return strings.ToLower(name), domain, server, true
		}
	}
	return "", "", "", false
}
