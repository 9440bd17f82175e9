//go:build !linux

package store_test

import "testing"

func tinyDisk(t *testing.T) string { t.Skip("small disks are only made on Linux"); return "" }
