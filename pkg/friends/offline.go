package friends

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"syscall"

	"smalti/pkg/message"
)

// localFaults are what the kernel says of this machine and its way to the network, whoever was to be
// reached.
var localFaults = []error{
	syscall.ENETUNREACH, syscall.ENETDOWN, syscall.EADDRNOTAVAIL, syscall.EPERM, syscall.EACCES,
	syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM,
}

// offline reports whether it is this side that cannot reach the network, so that the server that was
// asked is not to blame: the name server does not answer, or does not know the host of a network that
// everybody knows; the proxy is away; the kernel has no route; there are no certificates to check others
// with.
func offline(q call, err error) bool {
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "proxyconnect" {
		return true
	}
	if d, ok := errors.AsType[*net.DNSError](err); ok {
		return !d.IsNotFound || q.network != ""
	}
	if _, ok := errors.AsType[x509.SystemRootsError](err); ok {
		return true
	}
	for _, fault := range localFaults {
		if errors.Is(err, fault) {
			return true
		}
	}
	return false
}

// badCertificate reports whether a server has a certificate that does not prove who it is.
func badCertificate(err error) bool {
	_, ok := errors.AsType[*tls.CertificateVerificationError](err)
	return ok
}

func cannotReach(name string, cause error) *Error {
	return fail(Offline, cause, message.New("friends.offline", "host", name))
}
