package store_test

import (
	"io"
	"testing"

	"smalti/pkg/ftptest"
	"smalti/pkg/job"
)

// BenchmarkDeliver40MB delivers a poster of 40 MB, from Deliver to Commit.
func BenchmarkDeliver40MB(b *testing.B) {
	const size = 40_000_000
	for _, kind := range []struct {
		name string
		open func(testing.TB) place
	}{
		{"Dir", dirPlace},
		{"Server", serverPlace},
		{"ServerTLS", serverTLSPlace},
		{"Vsftpd", func(t testing.TB) place { return daemonPlace(t, ftptest.Vsftpd(t)) }},
	} {
		b.Run(kind.name, func(b *testing.B) {
			p := kind.open(b)
			b.SetBytes(size)
			b.ReportAllocs()
			for b.Loop() {
				d := begin(b, p, job.NewID(), "1")
				if err := d.Put(b.Context(), "poster.jpg", func(w io.Writer) error { return writeNoise(w, size) }); err != nil {
					b.Fatal(err)
				}
				if err := d.Commit(b.Context(), job.Result{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
