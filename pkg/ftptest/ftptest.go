// Package ftptest starts real FTP servers for tests.
package ftptest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// Kind is the server's program.
type Kind string

// The supported servers.
const (
	VSFTPD   Kind = "vsftpd"
	ProFTPD  Kind = "proftpd"
	PureFTPd Kind = "pure-ftpd"
)

// Options say how to run a server. The zero value is one without TLS in a new directory.
type Options struct {
	TLS bool   // explicit, and required, also for data connections
	Dir string // to serve, which must exist; "": a new one
	// Strict is a ProFTPD with its defaults: it replaces no file and resumes no upload.
	Strict bool
	// PerAddress is how many sessions one address may have at a time; 0: no limit.
	PerAddress int
}

// Server is an FTP server for one test.
type Server struct {
	URL      string // ftp://user@127.0.0.1:port or ftps://…
	Password string
	CAFile   string // PEM; of ftps
	Dir      string // what it serves, on this machine
	UID      int    // owner of its files

	strict     bool
	perAddress int
	daemon     *daemon
}

// Every server has one account with this Password. The hash is of crypt(3).
const (
	Password     = "correct-horse-battery"
	passwordHash = "$6$smalti$lhIs4vfU5h8LiltQicoDfIHvBLkSKLqyql3BsvEkPozmd061oOSHKXIipadKArWklSUt7AB/8mbvu302U6t.y."
	virtualUser  = "smalti"
)

// Vsftpd starts a plain vsftpd.
func Vsftpd(t testing.TB) *Server { return Start(t, VSFTPD, Options{}) }

// Certificate is for 127.0.0.1 and localhost, valid for an hour, and its own authority.
type Certificate struct {
	TLS                       tls.Certificate
	CAFile, CertFile, KeyFile string // PEM
}

// NewCertificate makes a certificate in the test's temporary directory.
func NewCertificate(t testing.TB) Certificate {
	t.Helper()
	return NewCertificateOf(t, "localhost", time.Hour)
}

// NewCertificateOf is NewCertificate for another host, and for how long from now on: it has expired where
// that is negative.
func NewCertificateOf(t testing.TB, host string, valid time.Duration) Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(now.UnixNano()), Subject: pkix.Name{CommonName: host},
		NotBefore: now.Add(-2 * time.Hour), NotAfter: now.Add(valid),
		IsCA: true, BasicConstraintsValid: true,
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		DNSNames:    []string{host},
	}
	if host == "localhost" {
		template.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1)}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	c := Certificate{CertFile: filepath.Join(dir, "cert.pem"), KeyFile: filepath.Join(dir, "key.pem")}
	c.CAFile = c.CertFile
	certPEM := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	keyPEM := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER})
	write(t, c.CertFile, certPEM)
	write(t, c.KeyFile, keyPEM)
	if c.TLS, err = tls.X509KeyPair(certPEM, keyPEM); err != nil {
		t.Fatal(err)
	}
	return c
}

func write(t testing.TB, file string, data []byte) {
	t.Helper()
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
}
