// Package store keeps finished mosaics, and the photos that people uploaded for them. A store is a
// directory tree, in a local directory (dirstore) or behind an FTP server (ftpstore). Both have the same
// methods ([Store]) and keep the same promise: a reader sees a whole mosaic or none of it.
//
//	incoming/<id>.<token>/   one attempt's delivery, in progress; others read only what its look.json lists
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
// A first look is the part of a delivery that is there while the rest is still being made: a small picture, the plan
// and the photos. It stays where it is, in incoming, so that nothing is sent twice, one attempt's files never stand
// beside another's, and whatever ends the attempt ends the look: the rename into mosaics, its removal, or age. look.json,
// written after all files that it lists, makes it whole; which attempt's look is shown, the job's record says. Readers of
// mosaics/<id> know nothing of it: to them, the mosaic is not there yet, and neither lost nor damaged.
//
// When the connection of an upload breaks, the client asks the server for the SIZE of the file and
// resumes there, by APPE or by REST and STOR (RFC 3659, section 5). If the server has neither, the upload
// starts over.
//
// This package holds what all agree on: the methods, the manifest and the errors. Each of the others has
// one idea:
//
//	dirstore       the local directory, and the removal of what is old
//	ftpstore       the client of an FTP server: its sessions, and uploads that survive broken connections
//	ftpview        what our own FTP server (pkg/ftpserver) lets clients do in a local directory
//	pairstore      two stores, of which one may be lost
//	mirror         a local cache before another store
//	mend           the checking and repair of finished mosaics
//	internal/tree  the layout above, and deliveries into it, over any tree of files
//	internal/disk  that tree in a local directory
//
// The tests here run all of them against this contract, behind our own server and others.
package store
