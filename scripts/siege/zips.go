//go:build linux

package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"image/jpeg"
	"math/rand/v2"
	"time"

	"smalti/pkg/harness"
	"smalti/pkg/pause"
)

const (
	zipEntries  = 1000
	zipRequests = 10 // a gigabyte, if nothing refuses them
)

var zipsAttack = attack{
	name: "zips", about: "small zip files whose thousand entries are all the same bytes",
	prepare: func(t *target) (func(), func(*findings), error) {
		var most int64 // by which the store grew
		run := func() {
			c := clientAt(attackerIP(0))
			r := harness.UploadRequest("postcard", t.Photos.File(0), []harness.File{{Name: "photos.zip", Data: overlapping(noise(), zipEntries)}})
			uploads := func() int64 { return t.stored("mosaics", "incoming") } // those are of honest people
			before := uploads()
			for range zipRequests {
				t.request(c, 0, r)
				most = max(most, uploads()-before)
				if !pause.For(t.ctx, 200*time.Millisecond) {
					break
				}
			}
		}
		return run, func(found *findings) {
			found.promise(most < 3*t.sent.Load(), "the store grew by %s beside mosaics", size(most))
		}, nil
	},
}

// noise is a JPEG of about a hundred kilobytes.
func noise() []byte {
	m := image.NewGray(image.Rect(0, 0, 320, 320))
	r := rand.New(rand.NewPCG(1, 2))
	for i := range m.Pix {
		m.Pix[i] = byte(r.Uint32())
	}
	var b bytes.Buffer
	_ = jpeg.Encode(&b, m, &jpeg.Options{Quality: 98}) // writing to memory does not fail
	return b.Bytes()
}

// zipEntry is what the local and the central header of a stored file have in common (PKWARE APPNOTE, 4.3.7
// and 4.3.12).
type zipEntry struct {
	Version, Flags, Method, Time, Date uint16
	CRC, Compressed, Size              uint32
	NameLength, ExtraLength            uint16
}

// overlapping is a zip file all of whose entries in the directory name the same local file.
func overlapping(data []byte, entries int) []byte {
	var b bytes.Buffer
	put := func(values ...any) {
		for _, v := range values {
			_ = binary.Write(&b, binary.LittleEndian, v) // values of a fixed size, to memory
		}
	}
	n := uint32(len(data))
	entry := zipEntry{Version: 20, Date: 0x21, CRC: crc32.ChecksumIEEE(data), Compressed: n, Size: n, NameLength: 5}
	put(uint32(0x04034b50), entry, []byte("a.jpg"), data)
	directory := b.Len()
	for i := range entries {
		name := fmt.Sprintf("%d.jpg", i)
		entry.NameLength = uint16(len(name))
		put(uint32(0x02014b50), uint16(20), entry, [14]byte{}, []byte(name)) // no comment, first disk, no attributes, offset 0
	}
	end := b.Len()
	put(uint32(0x06054b50), [4]byte{}, uint16(entries), uint16(entries), uint32(end-directory), uint32(directory), uint16(0)) // 4.3.16
	return b.Bytes()
}
