package faultproxy_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"

	"smalti/pkg/faultproxy"
)

func Example() {
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	proxy, err := faultproxy.Listen("127.0.0.1:0", server.Listener.Addr().String())
	if err != nil {
		fmt.Println(err)
		return
	}
	defer proxy.Close()

	answer, err := http.Get("http://" + proxy.Addr)
	if err != nil {
		fmt.Println(err)
		return
	}
	answer.Body.Close()
	fmt.Println(answer.StatusCode)

	proxy.Refuse(true)
	_, err = http.Get("http://" + proxy.Addr)
	fmt.Println(err != nil)
	// Output:
	// 404
	// true
}
