package message

import (
	"embed"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
	xmessage "golang.org/x/text/message"
)

//go:embed *.json
var files embed.FS

// The catalogues. English has every text, and is what programs get that ask for no language.
var (
	English = mustRead("en")
	German  = mustRead("de")

	// Catalogues are those of all languages, the default first.
	Catalogues = []*Catalogue{English, German}
)

// Catalogue words messages, and the texts of the pages, in one language. It may be used from several
// goroutines at once.
type Catalogue struct {
	Lang string // BCP 47
	file file

	tag     language.Tag
	numbers *xmessage.Printer
}

// file is a catalogue's file.
type file struct {
	Name   string           `json:"name"`   // of the language, in itself
	Date   string           `json:"date"`   // with {day}, {month} and {year}
	Months []string         `json:"months"` // from January
	Units  map[string]forms `json:"units"`  // of durations and sizes, with {n}

	Pages    map[string]forms `json:"pages"`    // the texts of the pages and their scripts
	Messages map[string]forms `json:"messages"` // by code: what programs tell
}

// forms are a text by the plural category (CLDR) of its argument {n}; most texts have only "other".
type forms map[string]string

// UnmarshalJSON takes a string for a text with one form.
func (f *forms) UnmarshalJSON(data []byte) error {
	var only string
	if json.Unmarshal(data, &only) == nil {
		*f = forms{"other": only}
		return nil
	}
	return json.Unmarshal(data, (*map[string]string)(f))
}

func mustRead(lang string) *Catalogue {
	data, err := files.ReadFile(lang + ".json")
	if err != nil {
		panic(err)
	}
	c := &Catalogue{Lang: lang, tag: language.MustParse(lang)}
	c.numbers = xmessage.NewPrinter(c.tag)
	if err := json.Unmarshal(data, &c.file); err != nil {
		panic(fmt.Sprintf("%s.json: %v", lang, err))
	}
	return c
}

// Name is the language's name for itself.
func (c *Catalogue) Name() string { return c.file.Name }

// Codes are the codes of all messages, sorted.
func (c *Catalogue) Codes() []string { return slices.Sorted(maps.Keys(c.file.Messages)) }

// Template is the text of a message with its placeholders unfilled, in the form for many.
func (c *Catalogue) Template(code string) string { return c.file.Messages[code]["other"] }

// Say words a message. A code that the catalogue does not have stands for itself.
func (c *Catalogue) Say(m Message) string {
	if s, ok := c.say(m); ok {
		return s
	}
	return m.Code
}

// Tell words a message that was stored, by this version of the program or another: what the catalogue
// does not know is told in the words that were stored with it.
func (c *Catalogue) Tell(t Told) string {
	if s, ok := c.say(t.Says); ok {
		return s
	}
	return t.Text
}

func (c *Catalogue) say(m Message) (string, bool) {
	text, ok := c.fill(c.file.Messages[m.Code], m.Args)
	if ok && m.Then != nil {
		var then string
		then, ok = c.say(*m.Then)
		text += " " + then
	}
	return text, ok
}

// Text is a text of the pages, with its placeholders filled from pairs as for [New]. An unknown key or a
// placeholder without a value is an error of the program, not of its user.
func (c *Catalogue) Text(key string, pairs ...any) (string, error) {
	text, ok := c.fill(c.file.Pages[key], New(key, pairs...).Args)
	if !ok {
		return "", fmt.Errorf("text %q of the catalogue %q cannot be filled with %v", key, c.Lang, pairs)
	}
	return text, nil
}

// Below returns the texts of pages whose keys begin with one of the prefixes, as a page's script needs
// them: a text's form for a plural category other than "other" is under key.category.
func (c *Catalogue) Below(prefixes ...string) map[string]string {
	some := make(map[string]string)
	for key, text := range c.file.Pages {
		if !slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(key, p) }) {
			continue
		}
		for category, form := range text {
			if category == "other" {
				some[key] = form
			} else {
				some[key+"."+category] = form
			}
		}
	}
	return some
}

// placeholder is an argument's name and, where it is no plain string or number, its kind.
var placeholder = regexp.MustCompile(`\{(\w+)(?::(\w+))?\}`)

// fill puts arguments in a text, in the plural form for the argument n. ok is false where there is no
// text, or an argument is missing.
func (c *Catalogue) fill(text forms, args map[string]any) (filled string, ok bool) {
	form, ok := text["other"]
	if n, counts := args["n"].(float64); counts {
		if special, found := text[c.category(n)]; found {
			form = special
		}
	}
	filled = placeholder.ReplaceAllStringFunc(form, func(p string) string {
		part := placeholder.FindStringSubmatch(p)
		v, there := args[part[1]]
		ok = ok && there
		return c.format(part[2], v)
	})
	return filled, ok
}

// Date is a day as the language writes it.
func (c *Catalogue) Date(t time.Time) string {
	s, _ := c.fill(forms{"other": c.file.Date}, map[string]any{
		"day": fmt.Sprint(t.Day()), "month": c.file.Months[t.Month()-1], "year": fmt.Sprint(t.Year()),
	})
	return s
}

// Map is a copy of the catalogue with every text changed by f, for tests.
func (c *Catalogue) Map(f func(string) string) *Catalogue {
	change := func(all map[string]forms) map[string]forms {
		changed := make(map[string]forms, len(all))
		for key, text := range all {
			changed[key] = make(forms, len(text))
			for category, form := range text {
				changed[key][category] = f(form)
			}
		}
		return changed
	}
	own := *c
	own.file.Pages, own.file.Messages = change(c.file.Pages), change(c.file.Messages)
	return &own
}

// category is the plural category of n. The texts count whole things only.
func (c *Catalogue) category(n float64) string {
	return categories[plural.Cardinal.MatchPlural(c.tag, int(n), 0, 0, 0, 0)]
}

var categories = map[plural.Form]string{
	plural.Zero: "zero", plural.One: "one", plural.Two: "two", plural.Few: "few", plural.Many: "many", plural.Other: "other",
}

var matcher = language.NewMatcher([]language.Tag{English.tag, German.tag})

// Preferred is the catalogue that suits an Accept-Language header best, the default where none does.
func Preferred(accept string) *Catalogue {
	wanted, _, err := language.ParseAcceptLanguage(accept)
	if err != nil {
		return Catalogues[0]
	}
	_, i, _ := matcher.Match(wanted...)
	return Catalogues[i]
}
