package ftptest

import (
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"testing"
)

// ProFTPD runs as the user who runs the test, and so does its one virtual user.
const proftpdConf = `ServerType standalone
ServerName store
DefaultAddress 127.0.0.1
Port %[1]d
SocketBindTight on
UseReverseDNS off
UseIPv6 off
PidFile %[2]s/proftpd.pid
ScoreboardMutex %[2]s/scoreboard.lock
SystemLog none
TransferLog none
WtmpLog off
DelayEngine off
AuthOrder mod_auth_file.c
AuthUserFile %[2]s/users
RequireValidShell off
RootLogin on
User "%[3]s"
Group "%[4]s"
AllowOverwrite %[6]s
AllowStoreRestart %[6]s
MaxInstances none
<IfModule mod_ctrls.c>
ControlsEngine off
</IfModule>
ModulePath %[5]s
LoadModule mod_digest.c
`

// TLS is required, also for data connections, and there only with a resumed session.
const proftpdTLS = `LoadModule mod_tls.c
TLSEngine on
TLSRequired on
TLSLog none
TLSECCertificateFile %s
TLSECCertificateKeyFile %s
`

func proftpd(t testing.TB, s *Server, program, work string, c *Certificate) (login string, args func(int) []string) {
	account, err := user.Current()
	if err != nil {
		t.Skipf("ProFTPD needs a user with a name: %v", err)
	}
	group, err := user.LookupGroupId(account.Gid)
	if err != nil {
		t.Skipf("ProFTPD needs a group with a name: %v", err)
	}
	write(t, filepath.Join(work, "users"),
		fmt.Appendf(nil, "%s:%s:%d:%d::%s:/bin/false\n", virtualUser, passwordHash, os.Getuid(), os.Getgid(), s.Dir))
	allow := "on"
	if s.strict {
		allow = "off"
	}
	modules := filepath.Join(filepath.Dir(program), "..", "lib", "proftpd")
	return virtualUser, func(port int) []string {
		conf := fmt.Sprintf(proftpdConf, port, work, account.Username, group.Name, modules, allow)
		if s.perAddress > 0 {
			conf += fmt.Sprintf("ScoreboardFile %s/scoreboard\nMaxClientsPerHost %d\n", work, s.perAddress)
		} else {
			conf += "ScoreboardFile none\n"
		}
		if c != nil {
			conf += fmt.Sprintf(proftpdTLS, c.CertFile, c.KeyFile)
		}
		file := filepath.Join(work, "proftpd.conf")
		write(t, file, []byte(conf))
		return []string{"-n", "-q", "-c", file}
	}
}
