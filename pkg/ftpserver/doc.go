// Package ftpserver is an FTP server over a [FileSystem]: RFC 959 in stream mode with passive data
// connections only, for one account. It has TLS (RFC 2228, RFC 4217), FEAT (RFC 2389), EPSV (RFC 2428),
// SIZE, MDTM, REST, MLST and MLSD (RFC 3659), and XSHA256, which ProFTPD's mod_digest has too.
//
// The command loop is our own. Before, it was that of the library goftp.io/server, and more had to be
// built around it than it did. Its data connections have no deadline, accept any host and cannot be cut
// when a client comes back to resume. It starts TLS only on a listener that it opens itself, and takes
// commands that were sent in the clear behind AUTH TLS for commands that came through TLS. It limits
// neither connections, nor silence, nor the length of a line. It answers a full disk like a missing file,
// and keeps the offset of REST for later commands. Sixteen of its commands were replaced for that; what
// is left of an FTP server is a loop and a dozen commands of a few lines each.
package ftpserver
