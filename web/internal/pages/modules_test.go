package pages

import (
	"regexp"
	"strings"
	"testing"
)

// A browser learns of every module from the page itself: of those that are imported, and of those that the page
// loads as soon as it runs.
func TestPagesNameTheirModules(t *testing.T) {
	p := mustPages(t)
	later := map[string][]string{
		"ask":    {"hero.js", "mosaic-canvas.js", "renderer-webgl.js", "renderer-common.js"},
		"done":   {"viewer.js", "viewport.js", "friend-search.js", "mosaic-canvas.js", "renderer-webgl.js", "shadings.js"},
		"queued": {"mosaic.js", "poll.js"},
	}
	imports := regexp.MustCompile(`from '\./([^']+)'`)
	for name, page := range views(t) {
		preloaded, scripts := map[string]bool{}, []string{}
		for _, e := range parse(t, page.Body.String()) {
			short := strings.TrimPrefix(e.attr["href"]+e.attr["src"], p.assets())
			switch {
			case e.name == "link" && e.attr["rel"] == "modulepreload":
				if preloaded[short] {
					t.Errorf("%s names %s twice", name, short)
				}
				preloaded[short] = true
			case e.name == "script" && e.attr["src"] != "":
				scripts = append(scripts, short)
			}
		}
		for len(scripts) > 0 {
			script := scripts[0]
			if scripts = scripts[1:]; !preloaded[script] {
				t.Errorf("%s does not name %s", name, script)
			}
			for _, m := range imports.FindAllSubmatch(p.files[script].plain, -1) {
				scripts = append(scripts, string(m[1]))
			}
		}
		for _, script := range later[name] {
			if !preloaded[script] {
				t.Errorf("%s does not name %s", name, script)
			}
		}
		if name == "queued" && preloaded["viewer.js"] {
			t.Error("a waiting page loads what shows mosaics")
		}
	}
}

func TestModulesAreScripts(t *testing.T) {
	p := mustPages(t)
	for _, name := range []string{"none.js", "smalti.css", ""} {
		if _, err := p.modules("texts.js", name); err == nil {
			t.Errorf("%q is a module", name)
		}
	}
}
