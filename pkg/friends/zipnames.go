package friends

import (
	"archive/zip"
	"encoding/binary"
	"hash/crc32"
	"unicode/utf8"
)

// unicodePath is the ID of the extra field in which Info-ZIP keeps a name as UTF-8 (PKWARE APPNOTE, 4.6.9).
const unicodePath = 0x7075

// zipPaths are the names of a zip file's entries as UTF-8. The extra field counts, if it belongs to the name; then
// what is valid UTF-8, whether it is marked as such or not, since macOS does not mark it; the rest is guessed.
func zipPaths(files []*zip.File) []string {
	paths := make([]string, len(files))
	for i, f := range files {
		paths[i] = f.Name
		const marked = 1 << 11 // APPNOTE, 4.4.4: the name is UTF-8
		if f.Flags&marked == 0 || !utf8.ValidString(f.Name) {
			if name := pathInExtra(f.Extra, f.Name); name != "" {
				paths[i] = name
			}
		}
	}
	return decodeNames(paths...)
}

// pathInExtra reads the Unicode path: its version 1, the CRC-32 of the name that it stands for, and UTF-8. It is empty
// where there is none, or it stands for another name, because the entry was renamed by a program that did not know it.
func pathInExtra(extra []byte, name string) string {
	for len(extra) >= 4 {
		id, size := binary.LittleEndian.Uint16(extra), int(binary.LittleEndian.Uint16(extra[2:]))
		if extra = extra[4:]; size > len(extra) {
			return ""
		}
		field := extra[:size]
		extra = extra[size:]
		if id != unicodePath || size < 5 || field[0] != 1 {
			continue
		}
		if binary.LittleEndian.Uint32(field[1:]) == crc32.ChecksumIEEE([]byte(name)) && utf8.Valid(field[5:]) {
			return string(field[5:])
		}
	}
	return ""
}
