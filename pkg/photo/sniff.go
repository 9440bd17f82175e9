package photo

import (
	"bytes"
	"encoding/binary"
	"slices"
	"unicode/utf8"

	"smalti/pkg/heif"
)

// sniffLength is how many bytes sniff needs: enough for the XML declaration and a comment of an SVG, and to
// tell text from data.
const sniffLength = 512

// signatures of what is not decoded, each with the end of the code of its message. Sources: the formats' own
// specifications, as collected in the WHATWG MIME Sniffing Standard where that has them.
var signatures = []struct{ magic, what string }{
	{"II*\x00", "tiff"},
	{"MM\x00*", "tiff"},
	{"II+\x00", "tiff"},
	{"BM", "bmp"},
	{"\x00\x00\x01\x00", "icon"},
	{"\xff\x0a", "jxl"},
	{"\x00\x00\x00\x0cJXL \r\n\x87\n", "jxl"},
	{"\x00\x00\x00\x0cjP  \r\n\x87\n", "jp2"},
	{"\xff\x4f\xff\x51", "jp2"},
	{"8BPS", "psd"},
	{"%PDF-", "pdf"},
	{"PK\x03\x04", "archive"},
	{"PK\x05\x06", "archive"},
	{"\x1f\x8b", "archive"},
	{"Rar!", "archive"},
	{"7z\xbc\xaf\x27\x1c", "archive"},
	{"\x1aE\xdf\xa3", "video"},
	{"ID3", "sound"},
	{"OggS", "sound"},
}

// sniff tells the format of a file by its first bytes, or what it is instead, for [Error.What].
func sniff(head []byte) (f Format, what string) {
	has := func(magic string) bool { return bytes.HasPrefix(head, []byte(magic)) }
	switch {
	case has("\xff\xd8"):
		return JPEG, ""
	case has("\x89PNG\r\n\x1a\n"):
		return PNG, ""
	case has("GIF87a"), has("GIF89a"):
		return GIF, ""
	case has("RIFF") && len(head) >= 12 && string(head[8:12]) == "WEBP":
		return WebP, ""
	case has("BM") && len(head) >= 18 && slices.Contains([]uint32{bmpOS2, 40, 52, 56, 64, 108, 124}, binary.LittleEndian.Uint32(head[14:])):
		return BMP, ""
	case (has("\x00\x00\x01\x00") || has("\x00\x00\x02\x00")) && len(head) >= 6 && binary.LittleEndian.Uint16(head[4:]) > 0:
		return ICO, ""
	case has("RIFF"):
		return "", "media"
	}
	if heif.Is(head) {
		return brand(head), ""
	}
	if len(head) >= 12 && string(head[4:8]) == "ftyp" {
		return "", "video"
	}
	for _, s := range signatures {
		if has(s.magic) {
			return "", s.what
		}
	}
	return "", text(head)
}

// brand is the format that a file says it has. What is in it may tell otherwise.
func brand(head []byte) Format {
	if size := min(int(binary.BigEndian.Uint32(head)), len(head)); bytes.Contains(head[8:max(8, size)], []byte("avi")) {
		return AVIF
	}
	return HEIC
}

func text(head []byte) string {
	head = head[:min(len(head), sniffLength)]
	isText := !bytes.ContainsFunc(trimPartialRune(head), func(r rune) bool {
		return r == utf8.RuneError || r < ' ' && r != '\t' && r != '\n' && r != '\r' && r != '\f'
	})
	if !isText {
		return "other"
	}
	lower := bytes.ToLower(bytes.TrimLeft(head, "\ufeff \t\r\n\f"))
	switch {
	case bytes.Contains(lower, []byte("<svg")):
		return "svg"
	case bytes.HasPrefix(lower, []byte("<!doctype html")), bytes.Contains(lower, []byte("<html")):
		return "web_page"
	}
	return "text"
}

// trimPartialRune drops the character that the end of the head may have cut in two.
func trimPartialRune(head []byte) []byte {
	for n := 1; n < utf8.UTFMax && n <= len(head); n++ {
		if c := head[len(head)-n]; utf8.RuneStart(c) {
			if !utf8.FullRune(head[len(head)-n:]) {
				return head[:len(head)-n]
			}
			break
		}
	}
	return head
}
