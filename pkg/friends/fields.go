package friends

import (
	"encoding/json"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"smalti/pkg/job"
)

// flexible is an id that some servers write as a string and some as a number.
type flexible string

// UnmarshalJSON implements [json.Unmarshaler].
func (f *flexible) UnmarshalJSON(data []byte) error {
	var n json.Number
	if err := json.Unmarshal(data, &n); err == nil {
		*f = flexible(n)
		return nil
	}
	return json.Unmarshal(data, (*string)(f))
}

// fits reports whether an id may stand in a package and in the path of an address.
func (f flexible) fits() bool {
	return idForm.MatchString(string(f))
}

var idForm = regexp.MustCompile(`^[0-9A-Za-z_-]{1,128}$`)

// nameOr makes a name fit to be shown, or takes the first of the others that is.
func nameOr(name string, others ...string) string {
	for _, n := range append([]string{name}, others...) {
		if n = printable(n); strings.Trim(n, " .-_") != "" {
			return n
		}
	}
	return "?"
}

// webAddress makes an address absolute, and empty what is not one of the web.
func webAddress(origin, s string) string {
	if strings.HasPrefix(s, "/") {
		base, err := url.Parse(origin)
		if err != nil {
			return ""
		}
		ref, err := base.Parse(s)
		if err != nil {
			return ""
		}
		s = ref.String()
	}
	a, err := job.ParseAddress(s)
	if err != nil || a.Scheme != job.Web {
		return ""
	}
	return a.URL.String()
}

// defaultPictures are how the addresses of pictures end or go that servers show for people who have
// none: Mastodon; GoToSocial; Pleroma and Akkoma; Pixelfed; GitLab.
var defaultPictures = []string{
	"/avatars/original/missing.png", "/assets/default_avatars/", "/images/avi.png", "/storage/avatars/default.", "/assets/no_avatar",
}

// ownPicture is the address of somebody's picture, or empty where it is one that many share: a
// mosaic would be flooded with it.
func ownPicture(origin, s string) string {
	s = webAddress(origin, s)
	if slices.ContainsFunc(defaultPictures, func(d string) bool { return strings.Contains(s, d) }) || len(s) > job.MaxAddress {
		return ""
	}
	return s
}

// add puts a person on the page, if there is a picture, and once.
func (p *Page) add(who Person) {
	if who.Photo == "" {
		p.NoPhoto = append(p.NoPhoto, who.Name)
		return
	}
	if !slices.ContainsFunc(p.People, func(o Person) bool { return o.ID == who.ID }) {
		p.People = append(p.People, who)
	}
}

// empty reports whether nobody at all was on the page.
func (p *Page) empty() bool { return len(p.People)+len(p.NoPhoto)+p.Withheld == 0 }
