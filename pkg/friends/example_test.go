package friends_test

import (
	"fmt"

	"smalti/pkg/friends"
)

func ExampleParseLinks() {
	all, err := friends.ParseLinks("Ada Ashdown https://photos.example/ada.jpg\nhttps://photos.example/Ben_Smith.jpg")
	if err != nil {
		fmt.Println(err)
	}
	for _, f := range all {
		fmt.Println(f.Name, f.Photo)
	}
	_, err = friends.ParseLinks("https://photos.example/ada.jpg\nben")
	fmt.Println(err)
	// Output:
	// Ada Ashdown https://photos.example/ada.jpg
	// Ben Smith https://photos.example/Ben_Smith.jpg
	// Line 2 has no link to a photo. Links start with https://.
}
