package photo

import (
	"encoding/binary"
	"image"

	"github.com/disintegration/imaging"
)

// upright is the EXIF orientation of a picture that needs no turning.
const upright = 1

// orientation reads the tag Orientation (0x0112) from the first directory of an EXIF block, which
// has the form of a TIFF file (CIPA DC-008, 4.6). What is missing, damaged or out of range means upright.
func orientation(tiff []byte) int {
	if len(tiff) < 8 {
		return upright
	}
	var order binary.ByteOrder
	switch string(tiff[:4]) {
	case "II*\x00":
		order = binary.LittleEndian
	case "MM\x00*":
		order = binary.BigEndian
	default:
		return upright
	}
	start := int64(order.Uint32(tiff[4:]))
	if start+2 > int64(len(tiff)) {
		return upright
	}
	entries := tiff[start+2:]
	for range order.Uint16(tiff[start:]) {
		const entry = 12 // tag, type, count, value: 2 + 2 + 4 + 4 bytes
		if len(entries) < entry {
			return upright
		}
		if order.Uint16(entries) == 0x0112 {
			return orientationValue(order, entries[:entry])
		}
		entries = entries[entry:]
	}
	return upright
}

func orientationValue(order binary.ByteOrder, entry []byte) int {
	const short, long = 3, 4 // a SHORT, as it should be, or a LONG, as some programs write
	v := uint32(order.Uint16(entry[8:]))
	kind := order.Uint16(entry[2:])
	if kind == long {
		v = order.Uint32(entry[8:])
	}
	if kind != short && kind != long || order.Uint32(entry[4:]) != 1 || v < 1 || v > 8 {
		return upright
	}
	return int(v)
}

// pngOrientation reads the eXIf chunk (PNG specification, third edition, 11.3.4.6). Browsers heed it before the rows
// only.
func pngOrientation(data []byte) int {
	for name, payload := range pngChunks(data) {
		switch name {
		case "eXIf":
			return orientation(payload)
		case "IDAT":
			return upright
		}
	}
	return upright
}

// sideways reports whether an orientation swaps width and height.
func sideways(orientation int) bool { return orientation >= 5 }

// turn brings a picture of the given EXIF orientation upright. The turns of imaging are
// counter-clockwise.
func turn(img *image.NRGBA, orientation int) *image.NRGBA {
	switch orientation {
	case 2:
		return imaging.FlipH(img)
	case 3:
		return imaging.Rotate180(img)
	case 4:
		return imaging.FlipV(img)
	case 5:
		return imaging.Transpose(img)
	case 6:
		return imaging.Rotate270(img)
	case 7:
		return imaging.Transverse(img)
	case 8:
		return imaging.Rotate90(img)
	}
	return img
}
