package systemd_test

import (
	"fmt"
	"log"

	"smalti/pkg/systemd"
)

func ExampleListen() {
	l, err := systemd.Listen("web", "localhost:0") // the socket of smalti-web.socket, or else any free port
	if err != nil {
		log.Fatal(err)
	}
	defer l.Close()
	systemd.Ready()
	fmt.Println(l.Addr().Network())
	// Output: tcp
}
