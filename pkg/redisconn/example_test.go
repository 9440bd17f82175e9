package redisconn_test

import (
	"fmt"

	"smalti/pkg/redisconn"
)

func Example() {
	c := redisconn.Config{URL: "redis+sentinel://one,two:26380/0?master=smalti", Password: "secret"}
	o, err := c.Options()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(o.MasterName, o.Addrs)
	// Output: smalti [one:26379 two:26380]
}
