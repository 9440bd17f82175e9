package pages

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// imported finds the modules that one of our scripts imports before it runs.
var imported = regexp.MustCompile(`from '\./([^']+)'`)

// modules returns the addresses of scripts and of all that they import, so that a page can name them: otherwise a
// browser learns of a module only when it has read those that import it.
func (p *Pages) modules(scripts ...string) ([]string, error) {
	var all []string
	for names := scripts; len(names) > 0; {
		name := names[0]
		names = names[1:]
		address := p.assets() + name
		if slices.Contains(all, address) {
			continue
		}
		file, ok := p.files[name]
		if !ok || !strings.HasSuffix(name, ".js") {
			return nil, fmt.Errorf("static/%s is no script", name)
		}
		all = append(all, address)
		for _, m := range imported.FindAllSubmatch(file.plain, -1) {
			names = append(names, string(m[1]))
		}
	}
	return all, nil
}
