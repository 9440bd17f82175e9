package render

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"syscall"
	"testing"

	"smalti/pkg/photo"
)

// An address that certainly nobody serves is not tried again; a network that is away is.
func TestWhatMayPass(t *testing.T) {
	unreachable := func(err error) error {
		return fmt.Errorf("getting it: %w", &photo.Error{Kind: photo.Unreachable, Err: &net.OpError{Op: "dial", Err: err}})
	}
	for name, tc := range map[string]struct {
		err  error
		want bool
	}{
		"no such name":          {unreachable(&net.DNSError{IsNotFound: true}), false},
		"another's certificate": {unreachable(&tls.CertificateVerificationError{}), false},
		"a closed port":         {unreachable(syscall.ECONNREFUSED), false},
		"no name server":        {unreachable(&net.DNSError{IsTimeout: true, UnwrapErr: syscall.ECONNREFUSED}), true},
		"no way there":          {unreachable(syscall.ENETUNREACH), true},
		"slow":                  {&photo.Error{Kind: photo.Timeout, Err: context.DeadlineExceeded}, true},
		"not about a photo":     {errors.New("no memory"), true},
	} {
		if got := mayPass(tc.err); got != tc.want {
			t.Errorf("%s may pass: %v, want %v", name, got, tc.want)
		}
	}
}
