package redisconn

import (
	"io/fs"
	"strings"

	"github.com/redis/go-redis/v9"
)

// Script makes one script of the files scripts/<name>.lua, in the given order. It is for package
// variables: a file that is missing is a mistake in the program, and panics.
func Script(files fs.FS, names ...string) *redis.Script {
	var source strings.Builder
	for _, name := range names {
		text, err := fs.ReadFile(files, "scripts/"+name+".lua")
		if err != nil {
			panic(err)
		}
		source.Write(text)
	}
	return redis.NewScript(source.String())
}
