package friends

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"syscall"

	"smalti/pkg/message"
)

// localFaults are errors about this machine and its network, whichever server was asked.
var localFaults = []error{
	syscall.ENETUNREACH, syscall.ENETDOWN, syscall.EADDRNOTAVAIL, syscall.EPERM, syscall.EACCES,
	syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM,
}

// offline reports whether the fault is on our side: DNS does not answer or does not know a well-known network,
// the proxy is down, there is no route, or there are no root certificates.
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

// badCertificate reports whether a server's certificate could not be verified.
func badCertificate(err error) bool {
	_, ok := errors.AsType[*tls.CertificateVerificationError](err)
	return ok
}

func unreachableFromHere(name string, cause error) *Error {
	return fail(Offline, cause, message.New("friends.offline", "host", name))
}
