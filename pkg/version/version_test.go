package version

import (
	"runtime/debug"
	"strings"
	"testing"
)

func TestVersionComesFromTheBuild(t *testing.T) {
	for want, info := range map[string]debug.BuildInfo{
		"0123456789ab":         {Settings: []debug.BuildSetting{{Key: "vcs.revision", Value: "0123456789abcdef"}}},
		"0123456789ab+changes": {Settings: []debug.BuildSetting{{Key: "vcs.revision", Value: "0123456789abcdef"}, {Key: "vcs.modified", Value: "true"}}},
		"v1.2.3":               {Main: debug.Module{Version: "v1.2.3"}},
		"unknown":              {Main: debug.Module{Version: "(devel)"}},
	} {
		if got := of(&info); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if got := Line("web"); !strings.HasPrefix(got, "smalti web ") {
		t.Errorf("got %q", got)
	}
}
