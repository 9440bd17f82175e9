package main

import (
	"regexp"
	"slices"
	"strings"

	"smalti/pkg/job"
)

// The packages say what went wrong in English sentences. A catalogue translates them as gettext does,
// by the sentence itself: with the verbs of its format where something is filled in. A sentence that
// it does not know stays English, which is better than nothing.
type sentences struct {
	whole   map[string]string
	formats []sentenceFormat
}

type sentenceFormat struct {
	pattern *regexp.Regexp
	own     []string // what stands before, between and after what was filled in
}

var verb = regexp.MustCompile(`%[sdq]`)

// translate prepares translations, by English format. What is filled in keeps its order.
func translate(formats map[string]string) *sentences {
	s := &sentences{whole: make(map[string]string)}
	for format, own := range formats {
		if !verb.MatchString(format) {
			s.whole[format] = own
			continue
		}
		pattern := "^"
		for i, literal := range verb.Split(format, -1) {
			if i > 0 {
				pattern += "(.+?)"
			}
			pattern += regexp.QuoteMeta(literal)
		}
		s.formats = append(s.formats, sentenceFormat{regexp.MustCompile(pattern + "$"), verb.Split(own, -1)})
	}
	// The one with the most words of its own goes first: "%s is busy" fits into other sentences.
	slices.SortFunc(s.formats, func(a, b sentenceFormat) int {
		if n := len(b.pattern.String()) - len(a.pattern.String()); n != 0 {
			return n
		}
		return strings.Compare(a.pattern.String(), b.pattern.String())
	})
	return s
}

// sentence is a sentence of the packages in the catalogue's language.
func (c *catalogue) sentence(english string) string {
	if c.sentences == nil {
		return english
	}
	if own, ok := c.sentences.whole[english]; ok {
		return own
	}
	for _, f := range c.sentences.formats {
		m := f.pattern.FindStringSubmatch(english)
		if m == nil {
			continue
		}
		var b strings.Builder
		for i, own := range f.own {
			b.WriteString(own)
			if i+1 < len(m) {
				b.WriteString(c.sentence(m[i+1])) // "in one minute" has a sentence within
			}
		}
		return b.String()
	}
	return english
}

// failure is what a person is told of a failure, in the catalogue's language; its details are for ops.
func (c *catalogue) failure(f *job.Failure) *job.Failure {
	if f == nil {
		return nil
	}
	return &job.Failure{Code: f.Code, Sentence: c.sentence(f.Sentence)}
}

// problem is a problem in the catalogue's language.
func (c *catalogue) problem(p *problem) *problem {
	if c.sentences == nil {
		return p
	}
	own := *p
	own.Detail = c.sentence(p.Detail)
	own.Errors = slices.Clone(p.Errors)
	for i, e := range own.Errors {
		own.Errors[i].Sentence = c.sentence(e.Sentence)
	}
	return &own
}
