// Package store keeps finished mosaics, and the photos that people uploaded for them. A store is a
// directory tree, in a local directory ([Dir]) or behind an FTP server ([Remote]). Both have the same
// methods ([Store]) and keep the same promise: a reader sees a whole mosaic or none of it.
//
//	incoming/<id>.<token>/   one attempt's delivery, in progress; nobody else reads it
//	mosaics/<id>/            a finished mosaic: its files, and manifest.json, which lists them
//	uploads/<id>/<name>      photos that people uploaded for the mosaic <id>
//	identity/store.json      a random name that tells this store from all others
//
// A delivery uploads its files into its own directory under incoming, checks the size of each, writes
// manifest.json last and renames the directory into mosaics. In FTP's stream mode the end of the
// connection is the end of the file (RFC 959, section 3.4.1), so a killed uploader leaves a short file
// that the server takes for a complete one: only the sizes, the manifest and the rename tell a whole
// mosaic from a torn one.
//
// When the connection of an upload breaks, the client asks the server for the SIZE of the file and
// resumes there, by APPE or by REST and STOR (RFC 3659, section 5). If the server has neither, the upload
// starts over.
//
// The files are named after their part: dir*.go the local directory, remote*.go the FTP client,
// serve*.go what our own FTP server gives its clients of a Dir ([ServeFTP]), pair*.go two stores of which
// one may be lost ([Pair]), mirror.go a local cache before another store ([Mirror]), mend.go the checking
// and repair of finished mosaics ([Mend]). The rest is common to all stores.
package store
