//go:build !linux

package ftptest

import "testing"

// Vsftpd is only for Linux.
func Vsftpd(t testing.TB) Server { missing(t, "vsftpd"); return Server{} }

// VsftpdTLS is only for Linux.
func VsftpdTLS(t testing.TB) Server { missing(t, "vsftpd"); return Server{} }
