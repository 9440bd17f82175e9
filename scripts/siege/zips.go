//go:build linux

package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"image/jpeg"
	"io/fs"
	"math/rand/v2"
	"path/filepath"
	"sync/atomic"
	"time"

	"smalti/pkg/rig"
)

const (
	zipEntries  = 1000
	zipRequests = 10 // a gigabyte, where nobody minds
)

var zipsAttack = attack{
	name: "zips", about: "small zip files whose thousand entries are all the same bytes",
	prepare: func(f *field) error { f.state = new(atomic.Int64); return nil },
	run: func(f *field) {
		c := clientAt(attackerIP(0))
		kind, data := rig.UploadRequest("postcard", f.photos.File(0), []rig.File{{Name: "photos.zip", Data: overlapping(noise(), zipEntries)}})
		before := f.stored()
		most := f.state.(*atomic.Int64)
		for range zipRequests {
			f.ask(c, f.base(0), data, "Content-Type", kind)
			most.Store(max(most.Load(), f.stored()-before))
			if !rig.Wait(f.ctx, 200*time.Millisecond) {
				break
			}
		}
	},
	judge: func(f *field, found *findings) {
		stored := f.state.(*atomic.Int64).Load()
		found.promise(stored < 3*f.sent.Load(), "the store grew by %s", size(stored))
	},
}

// stored is how many bytes the directories of all web servers have.
func (f *field) stored() (n int64) {
	filepath.WalkDir(filepath.Join(f.dir, "data"), func(_ string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			if info, err := d.Info(); err == nil {
				n += info.Size()
			}
		}
		return nil // it has gone meanwhile
	})
	return n
}

// noise is a JPEG of about a hundred kilobytes.
func noise() []byte {
	m := image.NewGray(image.Rect(0, 0, 320, 320))
	r := rand.New(rand.NewPCG(1, 2))
	for i := range m.Pix {
		m.Pix[i] = byte(r.Uint32())
	}
	var b bytes.Buffer
	jpeg.Encode(&b, m, &jpeg.Options{Quality: 98})
	return b.Bytes()
}

// overlapping is a zip file in which every entry of the directory names the same local file (PKWARE
// APPNOTE, 4.3.7, 4.3.12 and 4.3.16).
func overlapping(data []byte, entries int) []byte {
	le := binary.LittleEndian
	var b bytes.Buffer
	common := le.AppendUint16(nil, 20)                         // version needed
	common = append(common, 0, 0, 0, 0, 0, 0, 0x21, 0)         // flags, stored, time, date
	common = le.AppendUint32(common, crc32.ChecksumIEEE(data)) //
	common = le.AppendUint32(common, uint32(len(data)))        // compressed
	common = le.AppendUint32(common, uint32(len(data)))        // uncompressed
	b.Write(le.AppendUint32(nil, 0x04034b50))                  // local header
	b.Write(common)                                            //
	b.Write(append(le.AppendUint16(nil, 5), 0, 0))             // lengths of name and extra
	b.WriteString("a.jpg")                                     //
	b.Write(data)                                              //
	directory := b.Len()                                       //
	for i := range entries {                                   //
		name := fmt.Sprintf("%d.jpg", i)                 //
		b.Write(le.AppendUint32(nil, 0x02014b50))        // central header
		b.Write(le.AppendUint16(nil, 20))                // made by
		b.Write(common)                                  //
		b.Write(le.AppendUint16(nil, uint16(len(name)))) //
		b.Write(make([]byte, 16))                        // extra, comment, disk, attributes, offset 0
		b.WriteString(name)                              //
	} //
	end := b.Len()                                       //
	b.Write(le.AppendUint32(nil, 0x06054b50))            // end of directory
	b.Write(make([]byte, 4))                             // disks
	b.Write(le.AppendUint16(nil, uint16(entries)))       //
	b.Write(le.AppendUint16(nil, uint16(entries)))       //
	b.Write(le.AppendUint32(nil, uint32(end-directory))) //
	b.Write(le.AppendUint32(nil, uint32(directory)))     //
	b.Write([]byte{0, 0})                                // comment
	return b.Bytes()
}
