//go:build race

package mosaic_test

const underRace = true
