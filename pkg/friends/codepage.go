package friends

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
)

// codePage is an encoding in which Windows writes the names in zip files without saying so.
type codePage struct {
	encoding encoding.Encoding
	scripts  []*unicode.RangeTable
	usual    func(lead, trail byte) bool // of two bytes: the region of the characters that names usually have
}

// codePages are those of Western and Central Europe, Russia and East Asia. Code page 850 stands for 437 as well: the
// letters of Western Europe are the same in both.
var codePages = []codePage{
	{charmap.CodePage850, latin, nil},
	{charmap.CodePage852, latin, nil},
	{charmap.CodePage866, []*unicode.RangeTable{unicode.Cyrillic}, nil},
	// Full-width letters, kana and the first level of kanji (JIS X 0208).
	{japanese.ShiftJIS, eastAsian, func(lead, trail byte) bool { return lead >= 0x81 && lead <= 0x83 || lead >= 0x88 && lead <= 0x97 }},
	// The syllables of KS X 1001; the characters of GB 2312; the frequent ones of Big5.
	{korean.EUCKR, eastAsian, func(lead, trail byte) bool { return lead >= 0xB0 && lead <= 0xC8 && trail >= 0xA1 }},
	{simplifiedchinese.GBK, eastAsian, func(lead, trail byte) bool { return lead >= 0xB0 && lead <= 0xF7 && trail >= 0xA1 }},
	{traditionalchinese.Big5, eastAsian, func(lead, trail byte) bool { return lead >= 0xA4 && lead <= 0xC6 }},
}

var (
	latin     = []*unicode.RangeTable{unicode.Latin}
	eastAsian = []*unicode.RangeTable{unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, {R16: []unicode.Range16{{0x3000, 0x3005, 1}, {0x30FB, 0x30FC, 1}, {0xFF10, 0xFF5A, 1}}}}
)

// decodeNames turns names from one source, such as a zip file, into UTF-8. Those that are no UTF-8 are taken to be in
// the code page in which most of them look like names; two that are as good are no answer, unless one goes before the
// other. What cannot be decoded becomes U+FFFD.
func decodeNames(names ...string) []string {
	var foreign []string
	for _, name := range names {
		if !utf8.ValidString(name) {
			foreign = append(foreign, name)
		}
	}
	if len(foreign) == 0 {
		return names
	}
	page := likeliest(foreign)
	names = slices.Clone(names)
	for i, name := range names {
		if utf8.ValidString(name) {
			continue
		}
		names[i] = unreadable(name)
		if page != nil {
			if s, ok := page.decode(name); ok {
				names[i] = s
			}
		}
	}
	return names
}

// unreadable keeps the folders of a name, so that it is still told from a hidden one.
func unreadable(name string) string {
	return strings.ToValidUTF8(name, string(unicode.ReplacementChar))
}

func likeliest(names []string) (page *codePage) {
	most, tie := 0, false
	for i := range codePages {
		p, n := &codePages[i], 0
		for _, name := range names {
			if s, ok := p.decode(name); ok && p.looksRight(name, s) {
				n++
			}
		}
		switch {
		case n > most:
			page, most, tie = p, n, false
		case n == most && page != nil && !page.before(p, names):
			tie = true
		}
	}
	if tie {
		return nil
	}
	return page
}

// before reports whether p is more likely than q where the names look right in both. Western Europe goes before
// Central Europe; Korean before Chinese if there is enough of it, because its syllables are where about half of the
// Chinese characters are.
func (p *codePage) before(q *codePage, names []string) bool {
	const enough = 6 // characters of two bytes
	high := 0
	for _, b := range []byte(strings.Join(names, "")) {
		if b >= utf8.RuneSelf {
			high++
		}
	}
	return p.encoding == charmap.CodePage850 && q.encoding == charmap.CodePage852 ||
		p.encoding == korean.EUCKR && q.encoding == simplifiedchinese.GBK && high >= 2*enough
}

// decode fails where a name has bytes that mean nothing, or characters of other scripts.
func (p *codePage) decode(name string) (string, bool) {
	s, err := p.encoding.NewDecoder().String(name)
	return s, err == nil && !strings.ContainsFunc(s, func(r rune) bool {
		return r >= utf8.RuneSelf && (!unicode.In(r, p.scripts...) || unicode.Is(unicode.Lo, r) && p.usual == nil)
	})
}

// looksRight reports whether decoded, which is what the name means in that code page, could be what somebody called a
// file.
func (p *codePage) looksRight(name, decoded string) bool {
	if p.usual != nil {
		return allUsual(name, p.usual) && !besideLowerCase(decoded)
	}
	var before, last rune // the two letters before r in its word
	for _, r := range decoded {
		isCyrillic := unicode.Is(unicode.Cyrillic, r)
		switch {
		case !unicode.IsLetter(r):
			before, last = 0, 0
			continue
		case last != 0 && isCyrillic != unicode.Is(unicode.Cyrillic, last):
			return false // a word of two scripts
		case r < utf8.RuneSelf:
		case unicode.IsUpper(r) && unicode.IsLower(last):
			return false // as in RenÚ
		case unicode.IsLower(r) && r != 'ß' && unicode.IsUpper(last) && unicode.IsUpper(before):
			return false // as in BJôRN
		}
		before, last = last, r
	}
	return true
}

func allUsual(name string, usual func(lead, trail byte) bool) bool {
	for i := 0; i < len(name); i++ {
		if name[i] < utf8.RuneSelf {
			continue
		}
		if i+1 == len(name) || !usual(name[i], name[i+1]) {
			return false
		}
		i++
	}
	return true
}

// besideLowerCase reports whether an East Asian character stands right beside a small Latin letter: then it is more
// likely half of a Latin word.
func besideLowerCase(s string) bool {
	var last rune
	for _, r := range s {
		small := func(r rune) bool { return r >= 'a' && r <= 'z' }
		if small(r) && last >= utf8.RuneSelf || r >= utf8.RuneSelf && small(last) {
			return true
		}
		last = r
	}
	return false
}
