package queue

import "testing"

func TestSplitElement(t *testing.T) {
	for _, tc := range []struct{ in, seq, body string }{
		{`{"seq":17,"v":1}`, "17", `{"v":1}`},
		{`{"seq":-3,"v":1}`, "-3", `{"v":1}`},
		{`{"seq":1,}`, "1", `{}`},
		{`{"v":1}`, "", `{"v":1}`},
		{`{"seq":,"v":1}`, "", `{"seq":,"v":1}`},
		{`{"seq":-,"v":1}`, "", `{"seq":-,"v":1}`},
		{`{"seq":--1,"v":1}`, "", `{"seq":--1,"v":1}`},
		{`{"seq":1e3,"v":1}`, "", `{"seq":1e3,"v":1}`},
		{`{"seq":17}`, "", `{"seq":17}`},
		{`{"seq":1234567890123456,"v":1}`, "", `{"seq":1234567890123456,"v":1}`},
		{"", "", ""},
	} {
		if seq, body := splitElement(tc.in); seq != tc.seq || body != tc.body {
			t.Errorf("splitElement(%q) = %q, %q; want %q, %q", tc.in, seq, body, tc.seq, tc.body)
		}
	}
}

func FuzzSplitElement(f *testing.F) {
	f.Add(`{"seq":17,"v":1}`)
	f.Add(`{"v":1}`)
	f.Add(`{"seq":-9,{"seq":1,`)
	f.Fuzz(func(t *testing.T, in string) {
		seq, body := splitElement(in)
		again := body
		if seq != "" {
			again = `{"seq":` + seq + "," + body[1:] // as the script puts it
			if body[0] != '{' {
				t.Errorf("body %q", body)
			}
		}
		if again != in {
			t.Errorf("%q became %q and %q", in, seq, body)
		}
	})
}
