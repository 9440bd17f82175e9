//go:build linux

package rig

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"smalti/pkg/process"
	"smalti/pkg/vsftpd"
)

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
	text := vsftpd.Config{
		Addr: ServerIP, Port: port, Passive: [2]int{firstData, firstData + dataPorts - 1}, AnyPeer: true,
		Dir: filepath.Join(s.dir, "store"), PasswordFile: passwords,
	}.String()
	if err := os.WriteFile(passwords, []byte(password+"\n"), 0o600); err != nil {
		return nil, err
	}
	if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
		return nil, err
	}
	addr := at(ServerIP, port)
	return &Member{
		Name: "vsftpd", Path: program, Args: []string{conf}, Addr: addr, Out: s.log("vsftpd"),
		Ready: process.Greets(addr, "220"),
	}, nil
}
