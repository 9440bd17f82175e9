package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// A catalogue holds every sentence of the pages in one language. The scripts in static/ get theirs
// from the page that the server renders, so that nothing a person reads stands anywhere else.
//
// A text may hold placeholders such as {name}. Where {n} counts something, the text under the plain
// key is for many, and the one under key.one (or another CLDR plural category) for that number.
type catalogue struct {
	lang   string             // BCP 47
	name   string             // of the language, in itself
	texts  map[string]string  // by key
	plural func(n int) string // the CLDR category of n: "one", "other", …
	number func(n int) string // n with the language's grouping
	date   func(time.Time) string

	sentences *sentences // of other packages; nil where the language is theirs
}

// say finds a text and fills its placeholders from pairs of name and value. An unknown key or an odd
// pair is an error of the program, not of its user.
func (c *catalogue) say(key string, pairs ...any) (string, error) {
	if len(pairs)%2 != 0 {
		return "", fmt.Errorf("text %q: a placeholder without a value", key)
	}
	text, known := c.texts[key]
	if !known {
		return "", fmt.Errorf("text %q is not in the catalogue %q", key, c.lang)
	}
	var fill []string
	for i := 0; i < len(pairs); i += 2 {
		name, ok := pairs[i].(string)
		if !ok {
			return "", fmt.Errorf("text %q: %v is not the name of a placeholder", key, pairs[i])
		}
		value := fmt.Sprint(pairs[i+1])
		if n, ok := pairs[i+1].(int); ok {
			value = c.number(n)
			if special, ok := c.texts[key+"."+c.plural(n)]; ok && name == "n" {
				text = special
			}
		}
		fill = append(fill, "{"+name+"}", value)
	}
	return strings.NewReplacer(fill...).Replace(text), nil
}

// below returns the texts whose keys begin with one of the prefixes, as a script needs them.
func (c *catalogue) below(prefixes ...string) map[string]string {
	some := make(map[string]string)
	for key, text := range c.texts {
		for _, prefix := range prefixes {
			if strings.HasPrefix(key, prefix) {
				some[key] = text
			}
		}
	}
	return some
}

// languages are those that the pages speak, the first where a browser understands none of them.
func languages() []*catalogue { return []*catalogue{english, german} }

// preferred chooses the language for an Accept-Language (RFC 9110, 12.5.4): of those that we speak,
// the one with the most weight; the first of them where weights are equal.
func preferred(accept string) string {
	best, most := languages()[0].lang, 0.0
	for part := range strings.SplitSeq(accept, ",") {
		tag, parameter, _ := strings.Cut(part, ";")
		weight := 1.0
		if _, q, weighted := strings.Cut(parameter, "="); weighted {
			weight, _ = strconv.ParseFloat(strings.TrimSpace(q), 64)
		}
		primary, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(tag)), "-")
		for _, c := range languages() {
			if c.lang == primary && weight > most {
				best, most = c.lang, weight
			}
		}
	}
	return best
}

// oneOrOther is the plural of English, German and many others, for whole numbers.
func oneOrOther(n int) string {
	if n == 1 {
		return "one"
	}
	return "other"
}

// grouped writes a number with a separator between thousands.
func grouped(separator string) func(int) string {
	return func(n int) string {
		s := strconv.Itoa(n)
		for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
			s = s[:i] + separator + s[i:]
		}
		return s
	}
}
