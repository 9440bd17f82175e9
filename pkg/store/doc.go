// Package store is where finished mosaics live, and the photos that people gave for them. A store is
// a directory tree, reached as a local directory ([Dir]) or by FTP ([Remote]); both have the same
// methods and keep the same promise: a reader sees a whole mosaic or none of it.
//
//	incoming/<id>.<token>/   one attempt's delivery, in progress; nobody else reads it
//	mosaics/<id>/            a finished mosaic: its files, and manifest.json which lists them
//	uploads/<id>/<name>      photos that people gave for the mosaic <id>
//	identity/store.json      a random name that tells this store from all others
//
// A delivery uploads its files into its own directory under incoming, checks the size of each,
// writes manifest.json last and renames the directory into mosaics. In FTP's stream mode the end of
// the connection is the end of the file (RFC 959, section 3.4.1), so an uploader that is killed
// leaves a short file that the server takes for a complete one: only the sizes, the manifest and the
// rename tell a mosaic from a torn one.
//
// An upload whose connection breaks asks the SIZE of what the server has and goes on from there, by
// APPE or by REST and STOR (RFC 3659, section 5), whichever the server offers; where it offers
// neither, the upload starts over.
//
// [Server] is an FTP server over a [Dir]; any other FTP server does as well. [Mirror] stands in
// front of a Remote and keeps what was read on the local disk.
package store
