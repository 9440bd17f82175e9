package job

import (
	"fmt"
	"strings"

	"smalti/pkg/message"
)

// FieldError is one wrong input, and what the person who sent it is told.
type FieldError struct {
	Field string `json:"field"` // a JSON path, such as options.columns or friends[3].photo
	message.Told
}

// Invalid lists what is wrong with a package or request, the first mistakes first. [Invalid.Add]
// bounds it.
type Invalid []FieldError //nolint:errname // it is a list, and reads as one

// What an Invalid holds at most. All of it together has less than 128 KB.
const (
	maxReported      = 100
	maxReportedField = 160 // bytes
)

// Wrong is an Invalid with one mistake.
func Wrong(field string, m message.Message) (bad Invalid) {
	bad.Add(field, m)
	return bad
}

func (e Invalid) Error() string {
	var b strings.Builder
	b.WriteString("invalid package")
	for i, f := range e {
		sep := "; "
		if i == 0 {
			sep = ": "
		}
		fmt.Fprintf(&b, "%s%s: %s", sep, f.Field, f.Text)
	}
	return b.String()
}

// Message is for the person: the first mistake, which is most often the cause of the others.
func (e Invalid) Message() message.Message {
	if len(e) == 0 {
		return message.New("package.other")
	}
	return e[0].Says
}

// Add notes a mistake. After the first 100 no more are kept, so that no request makes its own answer large.
func (e *Invalid) Add(field string, m message.Message) {
	if len(*e) < maxReported {
		*e = append(*e, FieldError{message.Clip(field, maxReportedField), m.Told()})
	}
}

// add is Add for a new message.
func (e *Invalid) add(field, code string, pairs ...any) { e.Add(field, message.New(code, pairs...)) }
