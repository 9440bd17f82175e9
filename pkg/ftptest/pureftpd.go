package ftptest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"smalti/pkg/testenv"
)

const nobody = 65534

// Pure-FTPd needs root in order to change to the virtual user, who cannot be root. The store belongs to the
// user nobody.
func pureftpd(t testing.TB, s *Server, _, work string, c *Certificate) (user string, args func(int) []string) {
	if os.Getuid() != 0 {
		t.Skip("Pure-FTPd needs root")
	}
	s.UID = nobody
	if err := os.Chown(s.Dir, nobody, nobody); err != nil {
		t.Fatal(err)
	}
	users, database := filepath.Join(work, "users"), filepath.Join(work, "users.pdb")
	write(t, users, fmt.Appendf(nil, "%s:%s:%d:%d::%s/./::::::::::::\n", virtualUser, passwordHash, nobody, nobody, s.Dir))
	// The tool is in the server's other package.
	if out, err := exec.Command(testenv.Program(t, "pure-pw"), "mkdb", database, "-f", users).CombinedOutput(); err != nil {
		t.Fatalf("pure-pw: %v: %s", err, out)
	}
	perAddress := 200
	if s.perAddress > 0 {
		perAddress = s.perAddress
	}
	common := []string{
		"--ipv4only", "--noanonymous", "--dontresolve", "--login", "puredb:" + database,
		"--umask", "133:022", "--maxclientsnumber", "200", "--maxclientsperip", fmt.Sprint(perAddress),
		"--pidfile", filepath.Join(work, "pure-ftpd.pid"), "--syslogfacility", "none",
	}
	if c != nil {
		common = append(common, "--tls", "3", "--certfile", c.CertFile+","+c.KeyFile) // 3: all of it
	}
	return virtualUser, func(port int) []string {
		return append(common, "--bind", fmt.Sprintf("127.0.0.1,%d", port))
	}
}
