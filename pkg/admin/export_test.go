package admin

import "net/http"

// NewDoor is for tests of what takes time.
func NewDoor(c Config, next http.Handler) http.Handler { return newDoor(c, next) }
