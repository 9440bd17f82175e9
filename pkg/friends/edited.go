package friends

import (
	"regexp"
	"strings"
)

// edited is the name of a photo that was edited on an iPhone. The original is beside it, under the same name without the E.
var edited = regexp.MustCompile(`^IMG_E([0-9].*)$`)

// originals are those of some paths whose photos are there as edited, too: the same people must not be in a mosaic twice.
// The page's scripts follow the same rule; testdata/names.json has cases for both.
func originals(paths []string) map[string]bool {
	type photo struct{ folder, name string } // without its ending
	files := make(map[photo][]string, len(paths))
	for _, path := range paths {
		name := base(path)
		if stem := pictureEndings.ReplaceAllString(name, ""); stem != name {
			p := photo{strings.TrimSuffix(path, name), strings.ToUpper(stem)}
			files[p] = append(files[p], path)
		}
	}
	found := map[string]bool{}
	for p := range files {
		if m := edited.FindStringSubmatch(p.name); m != nil {
			for _, path := range files[photo{p.folder, "IMG_" + m[1]}] {
				found[path] = true
			}
		}
	}
	return found
}
