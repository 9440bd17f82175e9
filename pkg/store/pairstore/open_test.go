package pairstore_test

import (
	"fmt"
	"strings"
	"testing"

	"smalti/pkg/ftptest"
	"smalti/pkg/store/ftpstore"
	"smalti/pkg/store/pairstore"
)

func TestOpenRemotes(t *testing.T) {
	ca := ftptest.NewCertificate(t).CAFile
	for _, test := range []struct {
		urls, ca, want string // a type, or what is in the error
	}{
		{"ftp://a", "", "*ftpstore.Store"},
		{"ftp://a  ftp://b", "", "*pairstore.Store"},
		{"ftp://a ftps://b", ca, "*pairstore.Store"},
		{"", "", "0 stores"},
		{"ftp://a ftp://b ftp://c", "", "3 stores"},
		{"ftp://a http://b", "", `store 2: store configuration: the URL begins with "http"`},
		{"ftp://a", ca, "needs ftps"},
	} {
		s, err := pairstore.Open(test.urls, ftpstore.Config{CAFile: test.ca})
		got := fmt.Sprintf("%T", s)
		if err != nil {
			got = err.Error()
		} else if err := s.Close(); err != nil {
			t.Error(err)
		}
		if !strings.Contains(got, test.want) {
			t.Errorf("%q: %s, want %s", test.urls, got, test.want)
		}
	}
}
