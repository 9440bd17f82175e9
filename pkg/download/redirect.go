package download

import (
	"net/http"
	"net/url"

	"smalti/pkg/photo"
)

// maxRedirects is the most redirects for one photo.
const maxRedirects = 5

// onRedirect ends what leads nowhere: redirects that come back, and too many of them. RoundTrip checks where they
// lead. From https to http is allowed: nothing secret is sent, and photos are not trusted more for having come by
// https.
func onRedirect(next *http.Request, via []*http.Request) error {
	back, samePage, setsCookie := false, false, hasCookie(next.Response)
	for i := len(via) - 1; i >= 0 && !back; i-- {
		back = sameAddress(next.URL, via[i].URL)
		samePage = samePage || next.URL.Host == via[i].URL.Host && next.URL.Path == via[i].URL.Path
		if !back && !setsCookie {
			setsCookie = hasCookie(via[i].Response)
		}
	}
	tooMany := len(via) > maxRedirects
	switch {
	// A server that sets a cookie and sends us back to where we were wants to see that cookie. In the query it may count
	// how often it has tried.
	case setsCookie && (back || tooMany && samePage):
		return &photo.Error{Kind: photo.CookieWall}
	case back:
		return &photo.Error{Kind: photo.RedirectLoop}
	case tooMany:
		return &photo.Error{Kind: photo.Redirects, Limit: maxRedirects}
	}
	return nil
}

func hasCookie(r *http.Response) bool { return r != nil && r.Header.Get("Set-Cookie") != "" }

func sameAddress(a, b *url.URL) bool {
	return a.Scheme == b.Scheme && a.Host == b.Host && a.Path == b.Path && a.RawQuery == b.RawQuery
}
