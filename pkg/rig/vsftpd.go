//go:build linux

package rig

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// vsftpdConf lets vsftpd run as whoever runs this program, without an account on the machine: the
// anonymous login is the only one that takes its password from a file (vsftpd.conf(5)).
const vsftpdConf = `listen=YES
listen_address=%s
listen_port=%d
pasv_min_port=%d
pasv_max_port=%d
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
pasv_promiscuous=YES
xferlog_enable=NO
`

// vsftpd is a member that serves the folder "store".
func (s *System) vsftpd(port, firstData int, password string) (*Member, error) {
	program, err := exec.LookPath("vsftpd")
	if err != nil {
		program = "/usr/sbin/vsftpd" // not on everybody's PATH
	}
	if _, err := os.Stat(program); err != nil {
		return nil, fmt.Errorf("vsftpd is not installed: %w", err)
	}
	passwords := filepath.Join(s.dir, "secrets", "vsftpd")
	conf := filepath.Join(s.dir, "vsftpd.conf")
	text := fmt.Sprintf(vsftpdConf, ServerIP, port, firstData, firstData+dataPorts-1, passwords, filepath.Join(s.dir, "store"))
	if err := os.WriteFile(passwords, []byte(password+"\n"), 0o600); err != nil {
		return nil, err
	}
	if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
		return nil, err
	}
	return &Member{Name: "vsftpd", Path: program, Args: []string{conf}, Addr: at(ServerIP, port), Out: s.log("vsftpd")}, nil
}
