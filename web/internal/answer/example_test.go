package answer_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"

	"smalti/web/internal/answer"
)

func ExampleTaggedJSON() {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	first, second := httptest.NewRecorder(), httptest.NewRecorder()
	answer.TaggedJSON(first, r, map[string]int{"done": 7})
	r.Header.Set("If-None-Match", first.Header().Get("ETag"))
	answer.TaggedJSON(second, r, map[string]int{"done": 7})
	fmt.Print(first.Code, " ", first.Body)
	fmt.Println(second.Code)
	// Output:
	// 200 {"done":7}
	// 304
}
