package friends

import (
	"fmt"
	"path"
	"strings"
	"unicode"

	"smalti/pkg/message"
)

// maxFileName is how much of a file's name, in characters, becomes a friend's name.
const maxFileName = 80

// NameOfFile turns the name of a photo's file into a friend's name: without folders and extension, with
// spaces for underscores, and printable. The number is for a file that has no such name.
func NameOfFile(filename string, number int) string {
	name := base(filename)
	if ext := path.Ext(name); len(ext) > 1 && len(ext) <= 6 {
		name = strings.TrimSuffix(name, ext)
	}
	name = printable(strings.ReplaceAll(name, "_", " "))
	if strings.Trim(name, " .-") == "" {
		return fmt.Sprintf("photo %d", number)
	}
	return name
}

// printable leaves out of a name what is no valid UTF-8, what could not be seen or would turn the
// writing around, and what is too much.
func printable(name string) string {
	// Many characters may be left out, but not many times as many as are kept.
	name = message.Clip(name, 16*maxFileName)
	name = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == unicode.ReplacementChar:
			return -1
		}
		return r
	}, strings.ToValidUTF8(name, ""))
	name = strings.Join(strings.Fields(name), " ")
	if r := []rune(name); len(r) > maxFileName {
		name = strings.TrimSpace(string(r[:maxFileName]))
	}
	return name
}

// base is the last part of a path, whichever way the slashes lean.
func base(filename string) string {
	return filename[strings.LastIndexAny(filename, `/\`)+1:]
}

// hidden recognises what operating systems put beside photos, and nobody means to upload.
func hidden(filename string) bool {
	for part := range strings.FieldsFuncSeq(filename, func(r rune) bool { return r == '/' || r == '\\' }) {
		if part == "__MACOSX" || strings.HasPrefix(part, ".") && part != "." && part != ".." {
			return true
		}
	}
	switch strings.ToLower(base(filename)) {
	case "thumbs.db", "desktop.ini":
		return true
	}
	return false
}
