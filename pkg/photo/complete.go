package photo

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"

	"smalti/pkg/heif"
	"smalti/pkg/jpeg"
)

// CheckComplete refuses a picture that was cut off: a JPEG without its end of image, a PNG without IEND, a GIF without
// all of its first frame, a WebP shorter than it says, a HEIC or AVIF without all of its items. It follows the
// structure of the file and decodes no pixels, so that it needs a few KB of memory (but all of an icon) and does not
// notice damage in between. It reads nothing after the end. The error is an [*Error], or that of reading r.
func CheckComplete(r io.Reader) error {
	b := bufio.NewReader(r)
	head, err := b.Peek(sniffLength)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	f, _ := sniff(head)
	switch f {
	case JPEG:
		err = jpeg.CheckComplete(b)
	case PNG:
		err = completePNG(b)
	case GIF:
		err = completeGIF(b)
	case WebP:
		err = completeWebP(b)
	case BMP:
		err = completeBMP(b, head)
	case ICO:
		err = completeIcon(b)
	case HEIC, AVIF:
		if err = heif.CheckComplete(b); errors.Is(err, heif.ErrFormat) {
			err = heifError(f, err)
		}
	default:
		err = io.ErrUnexpectedEOF
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, errBitmap) || errors.Is(err, errIcon) {
		return &Error{Kind: Broken, Err: io.ErrUnexpectedEOF}
	}
	return err
}

// completePNG goes from chunk to chunk (PNG specification, 5.3).
func completePNG(b *bufio.Reader) error {
	if _, err := b.Discard(8); err != nil {
		return err
	}
	for {
		var chunk [8]byte
		if _, err := io.ReadFull(b, chunk[:]); err != nil {
			return err
		}
		length := binary.BigEndian.Uint32(chunk[:4])
		if length >= 1<<31 {
			return io.ErrUnexpectedEOF
		}
		if _, err := b.Discard(int(length) + 4); err != nil { // with its CRC
			return err
		}
		if string(chunk[4:]) == "IEND" {
			return nil
		}
	}
}

// completeGIF reads up to the end of the first frame (GIF89a, 15 to 26).
func completeGIF(b *bufio.Reader) error {
	var screen [13]byte
	if _, err := io.ReadFull(b, screen[:]); err != nil {
		return err
	}
	frame, err := firstFrame(b, screen[10])
	if err != nil {
		return err
	}
	if err := skipColours(b, frame[8]); err != nil {
		return err
	}
	if _, err := b.Discard(1); err != nil { // the code size
		return err
	}
	return skipBlocks(b)
}

// firstFrame reads from behind the screen descriptor, which ends in flags, up to the first frame and returns
// what precedes its colours: its corner, its size and its flags.
func firstFrame(b *bufio.Reader, flags byte) (frame [9]byte, err error) {
	if err := skipColours(b, flags); err != nil {
		return frame, err
	}
	for {
		kind, err := b.ReadByte()
		if err != nil {
			return frame, err
		}
		switch kind {
		case 0x21: // an extension, with its label
			if _, err := b.Discard(1); err != nil {
				return frame, err
			}
			if err := skipBlocks(b); err != nil {
				return frame, err
			}
		case 0x2C:
			_, err := io.ReadFull(b, frame[:])
			return frame, err
		default: // the trailer, or an unknown block
			return frame, io.ErrUnexpectedEOF
		}
	}
}

func skipColours(b *bufio.Reader, flags byte) error {
	if flags&0x80 == 0 {
		return nil
	}
	_, err := b.Discard(3 << (flags&7 + 1))
	return err
}

func skipBlocks(b *bufio.Reader) error {
	for {
		n, err := b.ReadByte()
		if err != nil || n == 0 {
			return err
		}
		if _, err := b.Discard(int(n)); err != nil {
			return err
		}
	}
}

// completeWebP compares with the length in the RIFF header.
func completeWebP(b *bufio.Reader) error {
	var head [8]byte
	if _, err := io.ReadFull(b, head[:]); err != nil {
		return err
	}
	_, err := io.CopyN(io.Discard, b, int64(binary.LittleEndian.Uint32(head[4:])))
	return err
}

// completeBMP counts the rows of a picture without runs.
func completeBMP(b *bufio.Reader, head []byte) error {
	d, err := openBMP(head)
	if err != nil || d.packing == bmpRuns4 || d.packing == bmpRuns8 {
		return err
	}
	start := int64(binary.LittleEndian.Uint32(head[10:]))
	_, err = io.CopyN(io.Discard, b, start+int64(d.stride())*int64(d.height))
	return err
}

// completeIcon reads as far as the list of pictures says.
func completeIcon(b *bufio.Reader) error {
	data, err := io.ReadAll(io.LimitReader(b, DefaultBytes))
	if err != nil {
		return err
	}
	const header, entry = 6, 16
	if len(data) < header {
		return io.ErrUnexpectedEOF
	}
	for i := range int(binary.LittleEndian.Uint16(data[4:])) {
		e := data[min(header+i*entry, len(data)):]
		if len(e) < entry || uint64(binary.LittleEndian.Uint32(e[8:]))+uint64(binary.LittleEndian.Uint32(e[12:])) > uint64(len(data)) {
			return io.ErrUnexpectedEOF
		}
	}
	_, err = largestIcon(data)
	return err
}
