package faultproxy

import (
	"fmt"
	"net"
	"regexp"
)

var extendedPassive = regexp.MustCompile(`229 [^(\r\n]*\(\|\|\|(\d+)\|\)`)

// redirectData has the client open an announced data connection through a proxy of its own.
func (p *Proxy) redirectData(said []byte) []byte {
	return extendedPassive.ReplaceAllFunc(said, func(reply []byte) []byte {
		p.mu.Lock()
		host, _, _ := net.SplitHostPort(p.upstream)
		p.mu.Unlock()
		data, err := listen("127.0.0.1:0", net.JoinHostPort(host, string(extendedPassive.FindSubmatch(reply)[1])))
		if err != nil {
			return reply
		}
		data.control = p
		data.running.Go(data.accept)
		p.mu.Lock()
		p.data = append(p.data, data)
		p.mu.Unlock()
		_, port, _ := net.SplitHostPort(data.Addr)
		return fmt.Appendf(nil, "229 Entering Extended Passive Mode (|||%s|)", port)
	})
}
