package friends

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"smalti/pkg/message"
)

// maxFileName is how much of a file's name, in characters, becomes a friend's name.
const maxFileName = 80

// pictureEndings are the extensions of pictures: what stands behind any other dot may be part of a name, as in
// Dr. Who. There may be several, since programs that convert pictures add their own.
var pictureEndings = regexp.MustCompile(`(?i)(\.(jpg|jpeg|jpe|jfif|pjpeg|png|apng|gif|webp|bmp|dib|ico|avif|heic|heif|hif|tif|tiff|jxl))+$`)

// NameOfFile turns the name of a photo's file into a friend's name: without folders and extension, with
// spaces for underscores, in Normalization Form C, and printable. The number is for a file whose name cannot be
// read, or says nothing. The page's scripts follow the same rule; testdata/names.json has cases for both.
func NameOfFile(filename string, number int) string {
	whole := base(decodeNames(filename)[0])
	name := pictureEndings.ReplaceAllString(whole, "")
	name = printable(strings.ReplaceAll(name, "_", " "))
	if strings.ContainsRune(whole, unicode.ReplacementChar) || !strings.ContainsFunc(name, telling) {
		return fmt.Sprintf("photo %d", number)
	}
	return name
}

// telling reports whether a character says something by itself.
func telling(r rune) bool { return unicode.In(r, unicode.L, unicode.N, unicode.S) }

// printable leaves out of a name what is no valid UTF-8, what could not be seen or would turn the
// writing around, and what is too much. Letters and their accents become one character where there is one, since
// macOS writes them apart.
func printable(name string) string {
	// Many characters may be left out, but not many times as many as are kept.
	name = message.Clip(name, 16*maxFileName)
	name = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r) || r == unicode.ReplacementChar || unicode.Is(unicode.Cf, r) && !joins(r):
			return -1
		}
		return r
	}, strings.ToValidUTF8(name, ""))
	name = strings.Join(strings.Fields(norm.NFC.String(name)), " ")
	if r := []rune(name); len(r) > maxFileName {
		name = strings.TrimRightFunc(string(r[:maxFileName]), func(r rune) bool { return r == ' ' || joins(r) })
	}
	return name
}

// joins recognises the invisible characters that Persian words, families of emoji and the flags of countries within
// countries are made with.
func joins(r rune) bool { return r == 0x200C || r == 0x200D || r >= 0xE0020 && r <= 0xE007F }

// base is the last part of a path, whichever way the slashes lean.
func base(filename string) string {
	return filename[strings.LastIndexAny(filename, `/\`)+1:]
}

// shownName is what a file that was left out is called.
func shownName(filename string) string {
	name := printable(strings.ReplaceAll(base(decodeNames(filename)[0]), string(unicode.ReplacementChar), "?"))
	if name == "" {
		return "?"
	}
	return name
}

// hidden recognises what operating systems put beside photos, and nobody means to upload. A picture that has lost its
// name, and is called .jpg, is none of it.
func hidden(filename string) bool {
	for part := range strings.FieldsFuncSeq(filename, func(r rune) bool { return r == '/' || r == '\\' }) {
		name := strings.TrimLeft(part, ".")
		if part == "__MACOSX" || name != part && name != "" && pictureEndings.ReplaceAllString("."+name, "") != "" {
			return true
		}
	}
	switch strings.ToLower(base(filename)) {
	case "thumbs.db", "desktop.ini":
		return true
	}
	return false
}
