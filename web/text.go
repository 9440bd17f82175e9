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
	texts  map[string]string  // by key
	plural func(n int) string // the CLDR category of n: "one", "other", …
	number func(n int) string // n with the language's grouping
	date   func(time.Time) string
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

func english() *catalogue {
	return &catalogue{
		lang: "en",
		plural: func(n int) string {
			if n == 1 {
				return "one"
			}
			return "other"
		},
		number: func(n int) string {
			s := strconv.Itoa(n)
			for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
				s = s[:i] + "," + s[i:]
			}
			return s
		},
		date:  func(t time.Time) string { return t.Format("2 January 2006") },
		texts: englishTexts(),
	}
}

func englishTexts() map[string]string {
	return map[string]string{
		"site.name":   "Smalti",
		"site.home":   "Smalti, to the start page",
		"site.footer": "Smalti are the small tiles of coloured glass that mosaics are made of.",

		"ask.title":    "A mosaic of your friends",
		"ask.about":    "Smalti lays photos of your friends side by side, like tiles of coloured glass, until together they show one picture. From across the room you see the picture; up close, everyone is there.",
		"ask.hero":     "A portrait made of some three hundred small portraits of made-up friends.",
		"ask.form":     "Make a mosaic",
		"ask.problems": "The mosaic was not started yet. Please look at the marked places.",
		"ask.again":    "Files have to be chosen once more: a browser does not keep them.",
		"ask.submit":   "Make the mosaic",

		"source.legend":      "Whose photos?",
		"source.demo":        "Made-up friends",
		"source.demo.hint":   "Some three hundred portraits that Smalti draws itself. Nothing to upload, done in seconds.",
		"source.upload":      "My own photos",
		"source.upload.hint": "Profile pictures, or any photos: many files, or one zip.",

		"photos.label":      "Photos of your friends",
		"photos.hint":       "Choose many at once, or drop them here. The file names become the names of your friends.",
		"photos.chosen":     "{n} files chosen, {size} in all.",
		"photos.chosen.one": "1 file chosen, {size}.",

		"target.label":       "The picture to show",
		"target.hint.demo":   "May stay empty: then the mosaic shows one of the made-up friends.",
		"target.hint.upload": "A face that fills the frame works best.",
		"target.alt":         "The picture that you chose",

		"size.legend":   "How large?",
		"size.postcard": "Postcard",
		"size.poster":   "Poster",
		"size.wall":     "Wall",
		"size.cells":    "{columns} photos wide",
		"size.print":    "{px} px · {cm} cm in print",
		"size.hint":     "The height follows your picture. Print sizes are for 300 dots per inch.",

		"tint.label": "Tint",
		"tint.hint":  "How far a photo’s colour may be moved towards the picture.",
		"tint.least": "0: photos stay as they are",
		"tint.most":  "30: the picture is clearest",

		"everyone.label": "Everyone is in it",
		"everyone.hint":  "Each friend stands in the mosaic at least once, as long as there is room.",

		"send.sending":  "Sending your photos: {percent} %",
		"send.starting": "Starting your mosaic.",
		"send.lost":     "The connection broke before your photos had arrived. Nothing is lost: please press the button once more.",
		"send.refused":  "The server could not start this mosaic. Please try again in a moment.",

		"wait.title":        "Your mosaic is on its way",
		"wait.queued":       "Waiting for a worker.",
		"wait.place":        "Number {n} in the queue.",
		"wait.place.one":    "Yours is next.",
		"wait.noworkers":    "No worker is running at the moment. Your mosaic is safe and starts as soon as one comes.",
		"wait.starting":     "A worker has taken it.",
		"wait.photos":       "Gathering the photos",
		"wait.matching":     "Finding everyone’s place",
		"wait.composing":    "Laying the tiles",
		"wait.delivering":   "Bringing it home",
		"wait.count":        "{done} of {total}",
		"wait.again":        "An earlier attempt did not come through. This is attempt {n}.",
		"wait.trouble":      "The server cannot be reached right now. Your mosaic goes on without this page, and the page keeps asking.",
		"wait.leave":        "You can leave this page and come back by its link.",
		"wait.noscript":     "This page looks again by itself every {n} seconds.",
		"wait.noscript.one": "This page looks again by itself every second.",
		"wait.bar":          "How far the mosaic is",

		"done.title":       "Your mosaic of {n} friends",
		"done.news":        "Your mosaic is ready.",
		"done.alt":         "The finished mosaic: {friends} photos in {columns} by {rows} cells.",
		"done.download":    "Download the poster",
		"done.size":        "{width} × {height} px",
		"done.missing":     "{n} of {total} photos could not be read",
		"done.missing.one": "1 of {total} photos could not be read",
		"done.copy":        "Copy the link",
		"done.copied":      "The link is copied.",
		"done.uncopied":    "The link could not be copied. It is in the address bar.",
		"done.another":     "Make another",
		"done.expires":     "It stays here until {date}.",

		"wander.label":    "The arrow keys go from photo to photo, and Enter lights up every place of the same friend.",
		"wander.hint":     "Point at a photo to see who it is. Press it, and every place of this friend lights up.",
		"wander.uses":     "in {n} places",
		"wander.uses.one": "in one place",

		"delete.open":    "Delete this mosaic",
		"delete.sure":    "The mosaic and its files are deleted for good, for everyone who has the link.",
		"delete.confirm": "Delete it for good",
		"delete.failed":  "The mosaic could not be deleted right now. Please try again in a moment.",

		"end.failed":       "This mosaic could not be made",
		"end.failed.text":  "Something went wrong on our side, and no further attempt will be made.",
		"end.gone":         "This mosaic is not here",
		"end.gone.text":    "It was deleted, it has expired, or the link is not complete.",
		"end.deleted":      "The mosaic is deleted",
		"end.deleted.text": "Its files are gone from the server.",
		"end.again":        "Start a new one",

		"problem.400":     "That cannot be read",
		"problem.403":     "This is not yours to do",
		"problem.404":     "Nothing here",
		"problem.410":     "This is gone",
		"problem.413":     "Too much at once",
		"problem.422":     "Something is not right yet",
		"problem.429":     "A little too fast",
		"problem.500":     "Something went wrong",
		"problem.503":     "Not just now",
		"problem.missing": "There is no page at this address.",
		"problem.home":    "To the start page",
	}
}
