package job

import (
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Scheme says where the bytes behind an address come from.
type Scheme string

// The schemes of an address.
const (
	Web    Scheme = "http"   // http://… or https://…, downloaded through the guard
	Upload Scheme = "upload" // upload:<mosaic id>/<name>, read from the store
	Demo   Scheme = "demo"   // demo:<number>, drawn on the spot
)

// MaxAddress is the longest address, in bytes. Longer ones are not links to photos.
const MaxAddress = 2048

// Address is a parsed photo or target address.
type Address struct {
	Scheme Scheme
	URL    *url.URL // of Web
	Batch  string   // of Upload: the id of the mosaic that it was uploaded for
	Name   string   // of Upload: the file's name in the batch
	Number int      // of Demo
}

// uploadName is what the front end itself gives to files: nothing that a person typed becomes a
// path.
var uploadName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,39}$`)

// ValidUploadName reports whether s may name an upload within its batch: 1 to 40 characters of
// a-z, 0-9 and the hyphen.
func ValidUploadName(s string) bool { return uploadName.MatchString(s) }

// ParseAddress takes an address apart, and refuses what is not one of the three forms. It does not
// say whether an address may be dialled: that is known only once its name is resolved.
func ParseAddress(s string) (Address, error) {
	if len(s) > MaxAddress {
		return Address{}, fmt.Errorf("address of %d bytes is longer than %d", len(s), MaxAddress)
	}
	scheme, rest, _ := strings.Cut(s, ":")
	switch strings.ToLower(scheme) {
	case "http", "https":
		u, err := url.Parse(s)
		if err != nil {
			return Address{}, fmt.Errorf("address %q is not a link", s)
		}
		if u.Hostname() == "" || u.User != nil || u.Opaque != "" {
			return Address{}, fmt.Errorf("address %q needs a host, and no user name", s)
		}
		return Address{Scheme: Web, URL: u}, nil
	case "upload":
		batch, name, _ := strings.Cut(rest, "/")
		if scheme != "upload" || !ValidID(batch) || !ValidUploadName(name) {
			return Address{}, fmt.Errorf("address %q is not of the form upload:<id>/<name>", s)
		}
		return Address{Scheme: Upload, Batch: batch, Name: name}, nil
	case "demo":
		n, err := strconv.Atoi(rest)
		if scheme != "demo" || err != nil || n < 0 || n > 99_999 || strconv.Itoa(n) != rest {
			return Address{}, fmt.Errorf("address %q is not of the form demo:<number>", s)
		}
		return Address{Scheme: Demo, Number: n}, nil
	}
	return Address{}, fmt.Errorf("address %q has none of the schemes https, http, upload and demo", s)
}

// Uploads are the batches of the store that a package takes photos from: what can be deleted when
// the mosaic is made or given up.
func (p *Package) Uploads() []string {
	batches := make(map[string]bool)
	note := func(address string) {
		if a, err := ParseAddress(address); err == nil && a.Scheme == Upload {
			batches[a.Batch] = true
		}
	}
	note(p.Target.URL)
	for _, f := range p.Friends {
		note(f.Photo)
	}
	return slices.Sorted(maps.Keys(batches))
}
