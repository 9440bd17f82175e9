// Package vsftpd configures vsftpd as a store for one user, for tests and for tools that run a whole
// system.
package vsftpd

import (
	"fmt"
	"strings"
)

// User is the name of the one account.
const User = "anonymous"

// Config is what differs between stores.
type Config struct {
	Addr         string // IPv4 address, without a port
	Port         int    // 0: given on the command line
	Passive      [2]int // first and last port for data connections; 0: any
	AnyPeer      bool   // data connections may come from another address than the control connection
	Dir          string // to serve
	PasswordFile string // the account's passwords, one a line

	CertFile, KeyFile string // PEM: TLS is required, also for data connections, which must resume its session
}

// base lets any user run vsftpd, which then writes only to the directory that it serves. The anonymous login
// with a list of passwords is the only one that needs no account on the machine (vsftpd.conf(5)). Even so,
// vsftpd looks up ftp_username. Its default, "ftp", is made only by the installed package; "nobody" always
// exists on Debian.
const base = `listen=YES
background=NO
run_as_launching_user=YES
anonymous_enable=YES
local_enable=NO
ftp_username=nobody
nopriv_user=nobody
secure_email_list_enable=YES
write_enable=YES
anon_upload_enable=YES
anon_mkdir_write_enable=YES
anon_other_write_enable=YES
anon_world_readable_only=NO
anon_umask=022
allow_writeable_chroot=YES
seccomp_sandbox=NO
isolate=NO
isolate_network=NO
connect_from_port_20=NO
xferlog_enable=NO
`

const withTLS = `ssl_enable=YES
allow_anon_ssl=YES
force_anon_logins_ssl=YES
force_anon_data_ssl=YES
require_ssl_reuse=YES
ssl_tlsv1=YES
ssl_ciphers=HIGH
`

// String is the text of vsftpd.conf.
func (c Config) String() string {
	var b strings.Builder
	b.WriteString(base)
	fmt.Fprintf(&b, "listen_address=%s\nanon_root=%s\nemail_password_file=%s\n", c.Addr, c.Dir, c.PasswordFile)
	if c.Port != 0 {
		fmt.Fprintf(&b, "listen_port=%d\n", c.Port)
	}
	if c.Passive[0] != 0 {
		fmt.Fprintf(&b, "pasv_min_port=%d\npasv_max_port=%d\n", c.Passive[0], c.Passive[1])
	}
	if c.AnyPeer {
		b.WriteString("pasv_promiscuous=YES\n")
	}
	if c.CertFile != "" {
		fmt.Fprintf(&b, "%srsa_cert_file=%s\nrsa_private_key_file=%s\n", withTLS, c.CertFile, c.KeyFile)
	}
	return b.String()
}
