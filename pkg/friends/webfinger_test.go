package friends

import (
	"strings"
	"testing"
)

// Whatever a host answers to WebFinger, what comes of it are a name, a domain and a server that can
// stand in addresses, and in a handle that is read as the same again.
func FuzzWebFinger(f *testing.F) {
	for _, seed := range []string{
		`{"subject":"acct:anna@a.example","links":[{"rel":"self","type":"application/activity+json","href":"https://b.example/users/anna"}]}`,
		`{"subject":"ACCT:Anna@A.example.","links":[{"rel":"self","type":"application/ld+json; profile=\"https://www.w3.org/ns/activitystreams\"","href":"http://b.example:8080/u/1"}]}`,
		`{"subject":"acct:anna@münchen.example","links":[{"rel":"self","type":"application/activity+json","href":"https://user:secret@b.example/"}]}`,
		`{"subject":"acct:a/../b@a.example","links":[{"rel":"self","type":"application/activity+json","href":"https://[::1]/x"}]}`,
		`{"subject":"acct:anna@a.example@b.example","links":[{"rel":"self","type":"application/activity+json","href":"//b.example"}]}`,
		`{"subject":1,"links":{}}`, `[]`, `null`, ``, `{"subject":"acct:@","links":[null]}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		name, domain, server, ok := parseJRD(data)
		if !ok {
			if name != "" || domain != "" || server != "" {
				t.Errorf("refused, but %q %q %q", name, domain, server)
			}
			return
		}
		for _, host := range []string{domain, server} {
			if again, fine := canonicalHost(host); !fine || again != host || strings.ContainsAny(host, "/@?#\\ ") {
				t.Errorf("host %q", host)
			}
		}
		handle, err := (&mastodon{}).Canonical("@" + name + "@" + domain)
		if err != nil || handle != "@"+name+"@"+domain {
			t.Errorf("@%s@%s is read as %q, %v", name, domain, handle, err)
		}
	})
}
