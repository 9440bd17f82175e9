package admin_test

import (
	"fmt"

	"smalti/pkg/admin"
)

func ExampleCheck() {
	fmt.Println(admin.Check("localhost:9100", ""))
	fmt.Println(admin.Check(":9100", ""))
	fmt.Println(admin.Check(":9100", "a long and random token"))
	// Output:
	// <nil>
	// ":9100" can be reached from elsewhere: use a token, or listen on localhost
	// <nil>
}
