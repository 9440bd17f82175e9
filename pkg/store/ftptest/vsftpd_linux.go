package ftptest

import (
	"bufio"
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

const startTime = 10 * time.Second

// vsftpd runs as whoever runs the test, changes nothing outside its temporary directory, and takes
// its one password from a file: the anonymous login with a list of passwords is the only one that
// needs no account on the machine.
const vsftpdConf = `
listen=YES
listen_address=127.0.0.1
listen_port=%d
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

const vsftpdTLS = `
ssl_enable=YES
allow_anon_ssl=YES
force_anon_logins_ssl=YES
force_anon_data_ssl=YES
require_ssl_reuse=YES
ssl_tlsv1=YES
ssl_ciphers=HIGH
rsa_cert_file=%s
rsa_private_key_file=%s
`

// Vsftpd starts a vsftpd of its own for the test, which ends with it.
func Vsftpd(t testing.TB) Server { return startVsftpd(t, false) }

// VsftpdTLS is Vsftpd with explicit TLS, which it insists on: also for data connections, and there
// only with a resumed session.
func VsftpdTLS(t testing.TB) Server { return startVsftpd(t, true) }

func startVsftpd(t testing.TB, secure bool) Server {
	t.Helper()
	program, err := exec.LookPath("vsftpd")
	if err != nil {
		program = "/usr/sbin/vsftpd" // not on everybody's PATH
		if _, err := os.Stat(program); err != nil {
			missing(t, "vsftpd")
		}
	}
	dir := t.TempDir()
	s := Server{Dir: filepath.Join(dir, "store"), Password: "correct-horse"}
	passwords := filepath.Join(dir, "passwords")
	write(t, passwords, []byte(s.Password+"\n"))
	if err := os.Mkdir(s.Dir, 0o755); err != nil {
		t.Fatal(err)
	}
	conf, scheme := "", "ftp"
	if secure {
		c := NewCertificate(t)
		s.CAFile, scheme = c.CAFile, "ftps"
		conf = fmt.Sprintf(vsftpdTLS, c.CertFile, c.KeyFile)
	}
	// Between finding a free port and listening on it, somebody else may take it.
	for range 5 {
		port := freePort(t)
		confFile := filepath.Join(dir, "vsftpd.conf")
		write(t, confFile, []byte(strings.TrimPrefix(fmt.Sprintf(vsftpdConf, port, passwords, s.Dir)+conf, "\n")))
		if err = runVsftpd(t, program, confFile, port); err == nil {
			s.URL = fmt.Sprintf("%s://anonymous@127.0.0.1:%d", scheme, port)
			return s
		}
	}
	t.Fatalf("starting vsftpd: %v", err)
	return s
}

func runVsftpd(t testing.TB, program, confFile string, port int) error {
	var output bytes.Buffer
	cmd := exec.Command(program, confFile)
	cmd.Stdout, cmd.Stderr = &output, &output
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	kill := func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // its own group: it has a process for each connection
		<-ended
	}
	deadline := time.Now().Add(startTime)
	for time.Now().Before(deadline) {
		select {
		case err := <-ended:
			return fmt.Errorf("%w: %s", err, output.String())
		case <-time.After(10 * time.Millisecond):
		}
		if greets(port) {
			t.Cleanup(kill)
			return nil
		}
	}
	kill()
	return fmt.Errorf("no greeting within %v: %s", startTime, output.String())
}

func greets(port int) bool {
	conn, err := net.DialTimeout("tcp", fmt.Sprintf("127.0.0.1:%d", port), time.Second)
	if err != nil {
		return false
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(time.Second))
	line, _ := bufio.NewReader(conn).ReadString('\n')
	return strings.HasPrefix(line, "220 ")
}

func freePort(t testing.TB) int {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}
