package fleet_test

import (
	"fmt"
	"time"

	"smalti/pkg/fleet"
)

func ExampleDemand_Workers() {
	d := fleet.Demand{Arrivals: 4, Service: time.Second, Waiting: 60, Patience: 30 * time.Second}
	fmt.Println(d.Workers()) // 4 are busy, √4 keep waits short, and 2 work off what waits
	// Output: 8
}
