package metrics

import "github.com/prometheus/client_golang/prometheus"

var (
	diskFree = describe("disk_free_bytes", "Free on the disk that the directory is on.", "directory")
	diskSize = describe("disk_size_bytes", "Size of the disk that the directory is on.", "directory")
)

// Disk exports how full the disk of a directory is.
type Disk struct{ Name, Path string }

// Describe implements prometheus.Collector.
func (d Disk) Describe(ch chan<- *prometheus.Desc) {
	ch <- diskFree
	ch <- diskSize
}

// Collect implements prometheus.Collector. It exports nothing if the disk cannot be examined.
func (d Disk) Collect(ch chan<- prometheus.Metric) {
	free, size, err := disk(d.Path)
	if err != nil {
		return
	}
	ch <- prometheus.MustNewConstMetric(diskFree, prometheus.GaugeValue, free, d.Name)
	ch <- prometheus.MustNewConstMetric(diskSize, prometheus.GaugeValue, size, d.Name)
}
