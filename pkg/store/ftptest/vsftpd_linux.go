package ftptest

import (
	"fmt"
	"path/filepath"
	"testing"
)

// vsftpd runs as whoever runs the test, changes nothing outside its temporary directory, and takes
// its one password from a file: the anonymous login with a list of passwords is the only one that
// needs no account on the machine.
const vsftpdConf = `listen=YES
listen_address=127.0.0.1
background=NO
run_as_launching_user=YES
anonymous_enable=YES
local_enable=NO
secure_email_list_enable=YES
email_password_file=%s
write_enable=YES
anon_upload_enable=YES
anon_mkdir_write_enable=YES
anon_other_write_enable=YES
anon_world_readable_only=NO
anon_umask=022
anon_root=%s
allow_writeable_chroot=YES
seccomp_sandbox=NO
isolate=NO
isolate_network=NO
connect_from_port_20=NO
xferlog_enable=NO
`

// TLS is required, also for data connections, and there only with a resumed session.
const vsftpdTLS = `ssl_enable=YES
allow_anon_ssl=YES
force_anon_logins_ssl=YES
force_anon_data_ssl=YES
require_ssl_reuse=YES
ssl_tlsv1=YES
ssl_ciphers=HIGH
rsa_cert_file=%s
rsa_private_key_file=%s
`

func vsftpd(t testing.TB, s *Server, _, work string, c *Certificate) (user string, args func(int) []string) {
	passwords := filepath.Join(work, "passwords")
	write(t, passwords, []byte(s.Password+"\n"))
	conf := fmt.Sprintf(vsftpdConf, passwords, s.Dir)
	if c != nil {
		conf += fmt.Sprintf(vsftpdTLS, c.CertFile, c.KeyFile)
	}
	file := filepath.Join(work, "vsftpd.conf")
	write(t, file, []byte(conf))
	return "anonymous", func(port int) []string { return []string{file, fmt.Sprintf("-olisten_port=%d", port)} }
}
