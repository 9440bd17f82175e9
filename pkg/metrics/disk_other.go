//go:build !linux

package metrics

import "errors"

func disk(string) (free, size float64, err error) {
	return 0, 0, errors.New("not known on this system")
}
