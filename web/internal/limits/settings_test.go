package limits

import (
	"bytes"
	"io"
	"testing"

	"smalti/pkg/config"
)

func TestTrustedProxies(t *testing.T) {
	for list, want := range map[string]string{
		"": "[]", "10.0.0.0/8": "[10.0.0.0/8]", "10.1.2.3/8, 2001:db8::7": "[10.0.0.0/8 2001:db8::7/128]",
	} {
		var c Settings
		s := config.New("test", func(string) string { return "" }, io.Discard)
		c.Define(s)
		var got bytes.Buffer
		if err := s.Parse([]string{"-trust-proxy", list}); err != nil {
			t.Errorf("%q: %v", list, err)
		}
		got.WriteByte('[')
		for i, p := range c.Proxies {
			if i > 0 {
				got.WriteByte(' ')
			}
			got.WriteString(p.String())
		}
		got.WriteByte(']')
		if got.String() != want {
			t.Errorf("%q: %s, want %s", list, &got, want)
		}
	}
	for _, list := range []string{"x", "10.0.0.0/33", "proxy.example.org", ","} {
		var c Settings
		s := config.New("test", func(string) string { return "" }, io.Discard)
		c.Define(s)
		if err := s.Parse([]string{"-trust-proxy", list}); err == nil {
			t.Errorf("%q became %v", list, c.Proxies)
		}
	}
}
