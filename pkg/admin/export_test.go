package admin

import "net/http"

// NewGuard is for tests of what takes time.
func NewGuard(c Config, next http.Handler) http.Handler { return newGuard(c, next) }
