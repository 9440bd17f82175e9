package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// secret is what all front ends of a system share, and nobody else knows: the password of Redis or, in
// a process that is the whole system, what it once made up.
func (c *settings) secret() (string, error) {
	if !c.single() {
		return c.redis.Conn().Password, nil
	}
	path := filepath.Join(c.data, "secret")
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		text = []byte(rand.Text())
		err = os.WriteFile(path, text, 0o600)
	}
	if err != nil {
		return "", fmt.Errorf("the secret of this process: %w", err)
	}
	return string(text), nil
}
