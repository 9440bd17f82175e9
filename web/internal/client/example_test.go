package client_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"

	"smalti/web/internal/client"
)

func ExampleIsOwner() {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.AddCookie(&http.Cookie{Name: client.OwnerCookie, Value: "AAAAAAAAAAAAAAAAAAAAAA"})
	owner := client.Owner(r) // stored with the mosaic
	fmt.Println(client.IsOwner(r, owner))
	fmt.Println(client.IsOwner(httptest.NewRequest(http.MethodGet, "/", nil), owner))
	// Output:
	// true
	// false
}
