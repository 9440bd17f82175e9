package message

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

// placeholdersOf are the placeholders of all forms of a text, each once. A form may leave out {n}: "one".
func placeholdersOf(text forms) []string {
	var all []string
	for _, form := range text {
		all = append(all, placeholder.FindAllString(form, -1)...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func TestEveryLanguageHasEveryText(t *testing.T) {
	for _, c := range Catalogues {
		for section, all := range map[string][2]map[string]forms{
			"units": {English.file.Units, c.file.Units}, "pages": {English.file.Pages, c.file.Pages}, "messages": {English.file.Messages, c.file.Messages},
		} {
			for key, text := range all[0] {
				own, ok := all[1][key]
				if !ok {
					t.Errorf("%s: %s lack %q", c.Lang, section, key)
				} else if want, got := placeholdersOf(text), placeholdersOf(own); !slices.Equal(want, got) {
					t.Errorf("%s: %q has %v, English has %v", c.Lang, key, got, want)
				}
			}
			for key := range all[1] {
				if _, ok := all[0][key]; !ok {
					t.Errorf("%s: %q of the %s is in no other language", c.Lang, key, section)
				}
			}
		}
		if len(c.file.Months) != 12 || c.Name() == "" || len(placeholder.FindAllString(c.file.Date, -1)) != 3 {
			t.Errorf("%s: incomplete: %q, %q, %d months", c.Lang, c.Name(), c.file.Date, len(c.file.Months))
		}
	}
}

// Every text has the form for many, a text that counts has a form for each category that English and German
// have, and all forms are used.
func TestForms(t *testing.T) {
	for _, c := range Catalogues {
		for _, section := range []map[string]forms{c.file.Units, c.file.Pages, c.file.Messages} {
			for key, text := range section {
				for category, form := range text {
					if form == "" || category != "one" && category != "other" {
						t.Errorf("%s: %q has the form %q: %q", c.Lang, key, category, form)
					}
				}
				if text["other"] == "" || len(text) > 1 && !strings.Contains(text["other"], "{n}") && key != "links.bad_lines" {
					t.Errorf("%s: %q counts nothing: %v", c.Lang, key, text)
				}
			}
		}
	}
}

func TestPlaceholdersAreOfKnownKinds(t *testing.T) {
	braces := regexp.MustCompile(`[{}]`)
	for key, text := range English.file.Messages {
		for _, form := range text {
			for _, p := range placeholder.FindAllStringSubmatch(form, -1) {
				if !slices.Contains([]string{"", "bytes", "duration", "millions"}, p[2]) {
					t.Errorf("%q: %s is of no kind", key, p[0])
				}
			}
			if braces.MatchString(placeholder.ReplaceAllString(form, "")) {
				t.Errorf("%q has a brace too many: %s", key, form)
			}
		}
	}
}

// notTranslated are texts that are the same in both languages.
var notTranslated = regexp.MustCompile(`^(site\.name|source\.(demo|mastodon|bluesky|github|links)|size\.poster|paper\.(a\d|letter|tabloid)|done\.size|crop\.zoom|find\.hint)$`)

func TestGermanIsGerman(t *testing.T) {
	for _, sections := range [][2]map[string]forms{{English.file.Pages, German.file.Pages}, {English.file.Messages, German.file.Messages}} {
		for key, text := range sections[0] {
			if !notTranslated.MatchString(key) && text["other"] == sections[1][key]["other"] {
				t.Errorf("%q is English: %s", key, text["other"])
			}
		}
	}
}

// A message is one or more whole sentences. Nothing else could stand beside another one.
func TestMessagesAreSentences(t *testing.T) {
	for _, c := range Catalogues {
		for code, text := range c.file.Messages {
			for _, form := range text {
				if !strings.ContainsAny(form[len(form)-1:], ".:?") {
					t.Errorf("%s: %q does not end: %s", c.Lang, code, form)
				}
			}
		}
	}
}
