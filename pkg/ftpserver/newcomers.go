package ftpserver

import (
	"slices"
)

// Connections that have not logged in have limits of their own, so that they take no session from those
// that have. When there are too many, the oldest has to go rather than the newest: a worker logs in
// within milliseconds, and an attacker who only occupies places has waited longest.
const (
	maxNewcomers          = 512
	maxNewcomersPerClient = 256
)

// newcomers are the connections that have not logged in, by client, the oldest first.
type newcomers map[string][]*conn

// add adds a connection, and returns the one that has to go for it, if any.
func (n newcomers) add(c *conn) (surplus *conn) {
	n[c.client] = append(n[c.client], c)
	most, total := c.client, 0
	for client, all := range n {
		if total += len(all); len(all) > len(n[most]) {
			most = client
		}
	}
	switch {
	case len(n[c.client]) > maxNewcomersPerClient:
		surplus = n[c.client][0]
	case total > maxNewcomers:
		surplus = n[most][0]
	default:
		return nil
	}
	n.remove(surplus)
	return surplus
}

func (n newcomers) remove(c *conn) {
	all := n[c.client]
	if i := slices.Index(all, c); i >= 0 {
		all = slices.Delete(all, i, i+1)
	}
	if n[c.client] = all; len(all) == 0 {
		delete(n, c.client)
	}
}
