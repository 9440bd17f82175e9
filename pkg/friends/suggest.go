package friends

import "strings"

// wellKnownHosts are popular servers, to suggest when somebody mistypes one. The first is used in examples.
var wellKnownHosts = []string{
	"mastodon.social", "mastodon.online", "mastodon.world", "mstdn.social", "mstdn.jp", "mas.to", "fosstodon.org",
	"hachyderm.io", "infosec.exchange", "chaos.social", "techhub.social", "social.vivaldi.net", "troet.cafe",
	"norden.social", "piaille.fr", "mathstodon.xyz", "sigmoid.social", "ohai.social", "c.im", "toot.community",
}

// maxSuggestions keeps "did you mean" short.
const maxSuggestions = 3

// likeHosts returns the well-known hosts that are one or two typing mistakes away from host.
func likeHosts(host string) (like []string) {
	for typos := 1; typos <= 2; typos++ {
		for _, known := range wellKnownHosts {
			// A short name is two mistakes away from too many others.
			if len(known) > 4*typos && len(like) < maxSuggestions && distance(host, known) == typos {
				like = append(like, known)
			}
		}
	}
	return like
}

// distance counts the insertions, deletions, substitutions and swaps of neighbours that turn a into b (optimal string
// alignment).
func distance(a, b string) int {
	if len(a) > 64 || len(b) > 64 {
		return 64
	}
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			change := 1
			if a[i-1] == b[j-1] {
				change = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+change)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}

// closest returns the handles nearest to the typed one, at most maxSuggestions.
func closest(typed string, found []string) (like []string) {
	typed = strings.ToLower(typed)
	for most := range 5 {
		for _, f := range found {
			if distance(typed, strings.ToLower(f)) == most && len(like) < maxSuggestions {
				like = append(like, f)
			}
		}
	}
	return like
}
