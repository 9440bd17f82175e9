package friends

import (
	"net/url"
	"path"
	"strconv"
	"strings"

	"smalti/pkg/job"
	"smalti/pkg/message"
)

const (
	maxBadLinks = 5                  // wrong lines that are told about one by one
	maxLines    = 2 * job.MaxFriends // lines that are read, empty ones aside
)

// ParseLinks reads a pasted list of photos: one address a line, and a name before or behind it, or
// none. Empty lines and repeated photos do not count. The error is an [*Error] that names the lines
// that cannot be read.
func ParseLinks(text string) ([]job.Friend, error) {
	var all []job.Friend
	var bad []string // the first of them
	seen := map[string]bool{}
	number, lines, wrong := 0, 0, 0
	for line := range strings.Lines(strings.TrimPrefix(text, "\ufeff")) { // what some editors begin a file with
		number++
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		if lines++; lines > maxLines {
			return nil, fail("", nil, message.New("upload.too_many", "limit", job.MaxFriends))
		}
		address, name := cutAddress(line)
		photo := webAddress("", address)
		switch {
		case photo == "":
			if wrong++; wrong <= maxBadLinks {
				bad = append(bad, strconv.Itoa(number))
			}
		case seen[photo]:
		case len(all) >= job.MaxFriends:
			return nil, fail("", nil, message.New("upload.too_many", "limit", job.MaxFriends))
		default:
			seen[photo] = true
			if name = printable(name); name == "" {
				name = nameOfLink(photo, number)
			}
			all = append(all, job.Friend{ID: strconv.Itoa(number), Name: name, Photo: photo})
		}
	}
	switch {
	case wrong > 0:
		if wrong > len(bad) {
			bad = append(bad, "…")
		}
		return nil, fail("", nil, message.New("links.bad_lines", "n", wrong, "lines", strings.Join(bad, ", ")))
	case len(all) == 0:
		return nil, fail("", nil, message.New("links.none"))
	}
	return all, nil
}

// nameOfLink makes a name of the file that a link leads to.
func nameOfLink(photo string, number int) string {
	u, err := url.Parse(photo)
	if err != nil {
		return NameOfFile("", number)
	}
	return NameOfFile(path.Base(u.Path), number)
}

// cutAddress finds the word that is a link; the rest is the name.
func cutAddress(line string) (address, name string) {
	var words []string
	for word := range strings.FieldsSeq(line) {
		bare := strings.Trim(word, `<>,;"'`)
		_, isTLS := cutFold(bare, "https://")
		_, isPlain := cutFold(bare, "http://")
		if address == "" && (isTLS || isPlain) {
			address = bare
			continue
		}
		words = append(words, word)
	}
	return address, strings.Trim(strings.Join(words, " "), " ,;:-\t\"")
}
