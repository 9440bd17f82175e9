package job

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// FieldError is one wrong input: which, and a sentence for the person who sent it.
type FieldError struct {
	Field    string `json:"field"` // a JSON path, such as options.columns or friends[3].photo
	Sentence string `json:"message"`
}

// Invalid lists what is wrong with a package or request, the first mistakes first. [Invalid.Add]
// bounds it.
type Invalid []FieldError

// What an Invalid holds at most. All of it together has less than 16 KB.
const (
	maxReported         = 20
	maxReportedField    = 160 // bytes
	maxReportedSentence = 600 // bytes
)

func (e Invalid) Error() string {
	var b strings.Builder
	b.WriteString("invalid package")
	for i, f := range e {
		sep := "; "
		if i == 0 {
			sep = ": "
		}
		fmt.Fprintf(&b, "%s%s: %s", sep, f.Field, f.Sentence)
	}
	return b.String()
}

// Sentence is for the person: the first mistake, which is most often the cause of the others.
func (e Invalid) Sentence() string {
	if len(e) == 0 {
		return "Something about the request was not right."
	}
	return e[0].Sentence
}

// Add notes a mistake. After the first 20 no more are kept, and long texts are cut, so that no
// request makes its own answer large.
func (e *Invalid) Add(field, sentence string) {
	if len(*e) < maxReported {
		*e = append(*e, FieldError{Clip(field, maxReportedField), Clip(sentence, maxReportedSentence)})
	}
}

func (e *Invalid) add(field, format string, args ...any) {
	if len(*e) < maxReported {
		e.Add(field, fmt.Sprintf(format, args...))
	}
}

// Clip returns s, or its beginning with an ellipsis where s is longer than most bytes. Bytes that are
// no UTF-8 are left out of a beginning.
func Clip(s string, most int) string {
	if len(s) <= most {
		return s
	}
	const ellipsis = "…"
	n := max(most-len(ellipsis), 0)
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return strings.ToValidUTF8(s[:n], "") + ellipsis
}
