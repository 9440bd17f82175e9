package cache_test

import (
	"context"
	"fmt"
	"time"

	"smalti/pkg/cache"
)

func Example() {
	c := cache.New(nil, cache.Config{Memory: 1 << 20}) // without Redis: in memory alone
	defer func() { _ = c.Close() }()
	c.Put("https://example.org/zoe.jpg", []byte("a small picture"), time.Hour)
	values := c.Get(context.Background(), "https://example.org/zoe.jpg", "https://example.org/max.jpg")
	fmt.Printf("%q %v\n", values[0], values[1] == nil)
	// Output: "a small picture" true
}
