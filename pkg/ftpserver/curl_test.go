package ftpserver_test

import (
	"crypto/tls"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"smalti/pkg/ftpserver"
	"smalti/pkg/ftptest"
	"smalti/pkg/job"
	"smalti/pkg/testenv"
)

// A client that knows nothing of us uploads, resumes, lists, renames and downloads, in the clear and
// through TLS.
func TestCurl(t *testing.T) {
	program := testenv.Program(t, "curl")
	cert := ftptest.NewCertificate(t)
	for name, test := range map[string]struct {
		config ftpserver.Config
		args   []string
	}{
		"plain": {ftpserver.Config{}, nil},
		"TLS": {
			ftpserver.Config{TLS: &tls.Config{Certificates: []tls.Certificate{cert.TLS}}, RequireTLS: true},
			[]string{"--ssl-reqd", "--cacert", cert.CAFile},
		},
	} {
		t.Run(name, func(t *testing.T) {
			s, disk := start(t, test.config)
			curl := func(args ...string) string {
				t.Helper()
				args = append(append(test.args, "--silent", "--show-error", "--user", "mosaic:"+password), args...)
				out, err := exec.CommandContext(t.Context(), program, args...).CombinedOutput()
				if err != nil {
					t.Fatalf("curl %q: %v: %s", args, err, out)
				}
				return string(out)
			}
			dir := "incoming/" + job.NewID() + ".1/"
			base := "ftp://" + s.Addr().String() + "/"
			data := strings.Repeat("0123456789abcdef", 50_000)
			whole, part := filepath.Join(t.TempDir(), "poster.jpg"), filepath.Join(t.TempDir(), "poster.jpg")
			for file, content := range map[string]string{whole: data, part: data[:300_000]} {
				if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			curl("--ftp-create-dirs", "--upload-file", part, base+dir)
			curl("--continue-at", "-", "--upload-file", whole, base+dir)
			if got, err := os.ReadFile(filepath.Join(disk, dir, "poster.jpg")); err != nil || string(got) != data {
				t.Errorf("%d bytes arrived (%v)", len(got), err)
			}
			if got := curl(base + dir + "poster.jpg"); got != data {
				t.Errorf("%d bytes came back", len(got))
			}
			if got := curl("--range", "100-", "--disable-epsv", base+dir+"poster.jpg"); got != data[100:] {
				t.Errorf("%d bytes came back after 100", len(got))
			}
			if got := curl("--list-only", base+dir); got != "poster.jpg\r\n" && got != "poster.jpg\n" {
				t.Errorf("names: %q", got)
			}
			if got := curl("--head", base+dir+"poster.jpg"); !strings.Contains(got, "Content-Length: 800000") || !strings.Contains(got, "Last-Modified:") {
				t.Errorf("facts: %q", got)
			}
			curl("--quote", "DELE "+dir+"poster.jpg", "--quote", "RMD "+dir, base)
			wantEmpty(t, filepath.Join(disk, "incoming"))
		})
	}
}
