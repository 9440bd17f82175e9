package photo

import "net/http"

// NewTransport returns the way out that photos take, for those who ask the servers of strangers for
// something else: it dials public addresses only, on every hop. Of the configuration only
// AllowPrivate, Proxy and Ask count. A refusal is an [*Error] of kind [Refused].
func NewTransport(c DownloadConfig) http.RoundTripper {
	if c.Proxy == nil {
		c.Proxy = http.ProxyFromEnvironment
	}
	return newGuard(c)
}

// CloseIdleConnections ends the connections that wait for another use; [http.Client] calls it.
func (g *guard) CloseIdleConnections() {
	g.direct.CloseIdleConnections()
	g.proxied.CloseIdleConnections()
}
