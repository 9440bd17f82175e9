package friends_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"smalti/pkg/friends"
	"smalti/pkg/job"
	"smalti/pkg/message"
)

// canned is an internet that gives one answer to everything.
type canned struct{ body, link string }

func (c canned) RoundTrip(r *http.Request) (*http.Response, error) {
	h := http.Header{"Content-Type": {"application/json"}, "Link": {c.link}, "X-Next-Page": {"2"}}
	return &http.Response{StatusCode: http.StatusOK, Header: h, Body: io.NopCloser(strings.NewReader(c.body)), Request: r}, nil
}

// Whatever a server answers, what comes of it is fit for a package, or an error with a sentence.
func FuzzAnswers(f *testing.F) {
	for _, seed := range []string{
		`[{"id":"109","username":"ben","acct":"ben@b.example","display_name":"Ben :x:","url":"https://a.example/@ben","avatar":"/a.png","avatar_static":"https://a.example/a.png","emojis":[{"shortcode":"x"}]}]`,
		`{"id":"109","username":"anna","acct":"anna","avatar":"https://a.example/a.png","following_count":-3}`,
		`{"subject":"acct:anna@a.example","links":[{"rel":"self","type":"application/activity+json","href":"https://b.example/users/anna"}]}`,
		`{"did":"did:plc:ewvi7nxzyoun6zhxrhs64oiz","handle":"ben.bsky.social","follows":[{"did":"did:plc:ewvi7nxzyoun6zhxrhs64oiz","handle":"handle.invalid","avatar":"https://cdn.example/img/avatar/plain/x/y","labels":[{"val":"!hide","neg":true}]}],"cursor":"x"}`,
		`[{"login":"ben","id":1,"avatar_url":"https://a.example/u/1?v=4","html_url":"javascript:alert(1)","full_name":"\u202e"}]`,
		`[{"username":"ben","id":1e3,"avatar_url":null,"web_url":"https://user:secret@a.example/ben","state":"blocked"},3,null,"x",[]]`,
		`{"accounts":[{"id":"1","username":"annab","acct":"annab"}],"actors":[{"did":"x","handle":"annab.bsky.social"}],"items":[{"login":"annab","id":2}]}`,
		`null`, `[]`, `{}`, `[`,
	} {
		f.Add(seed, `<https://a.example/x?max_id=5&page=2>; rel="next"`)
	}
	f.Fuzz(func(t *testing.T, body, link string) {
		c := friends.Config{Transport: canned{body, link}}
		for _, s := range friends.Networks(c) {
			handle, err := s.Canonical("anna@a.example")
			if err != nil {
				handle, _ = s.Canonical("anna")
			}
			who, err := s.Find(t.Context(), handle)
			told(t, s, err)
			if err != nil {
				who = friends.Subject{Person: friends.Person{ID: "1", Handle: "@anna@a.example"}, Key: "anna", Origin: "https://a.example"}
			} else if who.Photo != "" {
				wantPeople(t, []friends.Person{who.Person})
			}
			for _, d := range []friends.Direction{friends.Following, friends.Followers} {
				p, err := s.List(t.Context(), who, friends.Ask{Direction: d})
				told(t, s, err)
				wantPeople(t, p.People)
				if p.Next == "" {
					continue
				}
				_, err = s.List(t.Context(), who, friends.Ask{Direction: d, Cursor: p.Next})
				told(t, s, err)
			}
		}
	})
}

func told(t *testing.T, s friends.Source, err error) {
	t.Helper()
	if _, ok := message.Of(err); err != nil && (!ok || friends.KindOf(err) == "") {
		t.Errorf("%s: %v has no sentence", s.Name(), err)
	}
}

func TestLinks(t *testing.T) {
	all, err := friends.ParseLinks("\ufeffhttps://photos.example/Ben_Smith.jpg?size=1\r\n\n" +
		"https://photos.example/c.jpg Cleo Müller\n" + "Dan: https://photos.example/d.jpg\n" +
		"  \"Eva\", <HTTP://photos.example/e.jpg>,\n" + "https://photos.example/c.jpg again\n" + "https://photos.example/\n")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range all {
		got = append(got, f.ID+" "+f.Name+" "+f.Photo)
	}
	want := []string{
		"1 Ben Smith https://photos.example/Ben_Smith.jpg?size=1", "3 Cleo Müller https://photos.example/c.jpg",
		"4 Dan https://photos.example/d.jpg", "5 Eva http://photos.example/e.jpg", "7 photo 7 https://photos.example/",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	wantValid(t, all)
	for text, says := range map[string]string{
		"":                             "no links yet",
		"https://a.example/x\nben.jpg": "Line 2 has no link",
		"a\nb\nhttps://a.example/\nc":  "link to a photo: 1, 2, 4.",
		strings.Repeat("x\n", 50):      "link to a photo: 1, 2, 3, 4, 5, ….",
		"ftp://a.example/x":            "Line 1 has no link",
		"https://user:pw@a.example/x":  "Line 1 has no link",
		"upload:x/y":                   "Line 1 has no link",
		manyLinks(job.MaxFriends + 1):  "the limit is 5,000",
	} {
		if _, err := friends.ParseLinks(text); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%.40q: %v, want %q", text, err, says)
		}
	}
}

func manyLinks(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "https://a.example/%d.jpg\n", i)
	}
	return b.String()
}

func FuzzLinks(f *testing.F) {
	f.Add("https://photos.example/a.jpg Anna\nBen https://photos.example/b.jpg\n")
	f.Add("<https://[::1]/x> \u202e\x00\n\"https://a.example\"")
	f.Fuzz(func(t *testing.T, text string) {
		all, err := friends.ParseLinks(text)
		if err != nil {
			if _, ok := message.Of(err); !ok {
				t.Errorf("%v has no sentence", err)
			}
			return
		}
		wantValid(t, append(all, job.Friend{ID: "filler", Photo: "demo:1"}, job.Friend{ID: "filler2", Photo: "demo:2"}))
	})
}
