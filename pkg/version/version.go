// Package version says which version of Smalti a program is.
package version

import (
	"flag"
	"fmt"
	"os"
	"runtime/debug"
)

// version is set by the release: go build -ldflags "-X smalti/pkg/version.version=v1.2.3".
var version string

// String is the version of this program: the release's, or else that of its module, or else the
// commit it was built from, with "+changes" where the checkout differed from it.
func String() string {
	if version != "" {
		return version
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	return of(info)
}

func of(info *debug.BuildInfo) string {
	revision, changes := "", ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			revision = s.Value[:min(12, len(s.Value))]
		case s.Key == "vcs.modified" && s.Value == "true":
			changes = "+changes"
		}
	}
	switch {
	case revision != "":
		return revision + changes
	case info.Main.Version != "" && info.Main.Version != "(devel)":
		return info.Main.Version
	}
	return "unknown"
}

// Line is what -version prints: the program, its version, and the Go version and platform that it was built for.
func Line(program string) string {
	goVersion, platform := "", ""
	if info, ok := debug.ReadBuildInfo(); ok {
		goVersion = info.GoVersion
		for _, s := range info.Settings {
			if s.Key == "GOOS" || s.Key == "GOARCH" {
				platform += " " + s.Value
			}
		}
	}
	return fmt.Sprintf("smalti %s %s (%s%s)", program, String(), goVersion, platform)
}

// AddFlag gives a program -version, which prints [Line] to stdout and ends the program.
func AddFlag(f *flag.FlagSet) {
	f.BoolFunc("version", "print the version and exit", func(string) error {
		fmt.Println(Line(f.Name()))
		os.Exit(0)
		return nil
	})
}
