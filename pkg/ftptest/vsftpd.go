package ftptest

import (
	"fmt"
	"path/filepath"
	"testing"

	conf "smalti/pkg/vsftpd"
)

func vsftpd(t testing.TB, s *Server, _, work string, c *Certificate) (user string, args func(int) []string) {
	passwords, file := filepath.Join(work, "passwords"), filepath.Join(work, "vsftpd.conf")
	write(t, passwords, []byte(s.Password+"\n"))
	config := conf.Config{Addr: "127.0.0.1", Dir: s.Dir, PasswordFile: passwords}
	if c != nil {
		config.CertFile, config.KeyFile = c.CertFile, c.KeyFile
	}
	text := config.String()
	if s.perAddress > 0 {
		text += fmt.Sprintf("max_per_ip=%d\n", s.perAddress)
	}
	write(t, file, []byte(text))
	return conf.User, func(port int) []string { return []string{file, fmt.Sprintf("-olisten_port=%d", port)} }
}
