package main

import (
	"context"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"smalti/pkg/browsertest"
	"smalti/pkg/friends"
	"smalti/pkg/friends/friendstest"
	"smalti/pkg/portrait"
)

// portraits serves the portrait of somebody else for each number: /user1.png, /user2.png and so on.
func portraits(t *testing.T) (url string) {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := 0
		fmt.Sscanf(r.URL.Path, "/user%d", &n)
		w.Header().Set("Content-Type", "image/jpeg")
		jpeg.Encode(w, image.Image(portrait.Draw(n, 128)), nil)
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// portrayed is friendstest.Crowd with faces that are there, and differ.
func portrayed(t *testing.T, user string, n int) []friendstest.Person {
	t.Helper()
	there := portraits(t)
	people := friendstest.Crowd(user, n)
	for i := range people {
		people[i].Photo = strings.Replace(people[i].Photo, "https://photos.example", there, 1)
	}
	return people
}

// From who it is about to the picture, for each source that has no story of its own.
func storyOfOtherSources(t *testing.T, ctx context.Context, _ string) {
	people, there := portrayed(t, "anna", 7), portraits(t)
	me := filepath.Join(t.TempDir(), "me.png")
	if err := os.WriteFile(me, picture(t, 60, 60, color.NRGBA{180, 90, 40, 255}), 0o644); err != nil {
		t.Fatal(err)
	}
	var links strings.Builder
	for i := range 7 {
		fmt.Fprintf(&links, "Friend %d %s/user%d.png\n", i+1, there, i+1)
	}
	base := startOn(t, friends.Config{Bluesky: friendstest.NewBluesky(t, people...).Origin, GitHub: friendstest.NewGitHub(t, people...).Origin})
	for _, tc := range []struct {
		source, field, value string
		name                 string // of the seventh friend
		profile              string // where theirs ends; empty: there is none
	}{
		{"bluesky", "#handle", "anna.bsky.social", "Friend 7", "/user0007.bsky.social"},
		{"github", "#handle", "anna", "user0007", "/user0007"},
		{"links", "#links", links.String(), "Friend 7", ""},
	} {
		t.Run(tc.source, func(t *testing.T) {
			steps(t, ctx, screen(1280, 900, "light"), chromedp.Navigate(base+"/?source="+tc.source+"&size=postcard"), chromedp.SetValue(tc.field, tc.value))
			if tc.field == "#handle" {
				steps(t, ctx, choose("gather"))
				until(t, ctx, "all their faces", `[...document.querySelectorAll('.face img')].filter((face) => face.complete && face.naturalWidth > 0).length === 7`)
			} else { // nobody's own picture is known
				steps(t, ctx, choose("send"), chromedp.WaitVisible("#problem-target"), chromedp.SetUploadFiles("#target", []string{me}), chromedp.WaitVisible("#crop-view"))
			}
			steps(t, ctx, choose("send"), chromedp.WaitVisible(preview))
			until(t, ctx, "the viewer", viewing)
			if plan := readPlan(t, base, shownID(t, ctx)); len(plan.Friends) != 7 || len(plan.Missing) != 0 {
				t.Errorf("friends %+v, missing %+v; want all 7", plan.Friends, plan.Missing)
			}
			steps(t, ctx, chromedp.SendKeys("#q", tc.name), chromedp.SendKeys("#q", "\r"), chromedp.WaitVisible("#selected"))
			who, err := chromedp.Run(ctx, chromedp.Text("#who"))
			if err != nil || !strings.Contains(who, tc.name) {
				t.Errorf("a search for %s found %q, %v", tc.name, who, err)
			}
			at := browsertest.Eval[string](t, ctx, `document.querySelector('#who a')?.href ?? ''`)
			if !strings.HasSuffix(at, tc.profile) || (at == "") != (tc.profile == "") {
				t.Errorf("the profile is %q, want one that ends in %q", at, tc.profile)
			}
		})
	}
}

// Nobody is at these addresses: that is said after one attempt, and the addresses are still in the form.
func storyOfDeadLinks(t *testing.T, ctx context.Context, _ string) {
	gone := httptest.NewServer(nil)
	gone.Close()
	links := "Ada " + gone.URL + "/ada.png\nBen " + gone.URL + "/ben.png"
	_, files := putFiles(t, part{file: "me.png", content: picture(t, 60, 60, color.NRGBA{180, 90, 40, 255})})
	base := startSystem(t, "-allow-private")
	steps(t, ctx, screen(1280, 900, "light"), chromedp.Navigate(base+"/?source=links&size=postcard"), chromedp.SendKeys("#links", links),
		chromedp.SetUploadFiles("#target", files), choose("send"), chromedp.WaitVisible("#end"))
	if _, v, _ := do(t, "GET", base+"/api/v1/mosaics/"+shownID(t, ctx), "", nil); v["attempt"] != 1.0 {
		t.Errorf("it took attempt %v to say so", v["attempt"])
	}
	steps(t, ctx, chromedp.Click("#end a"), chromedp.WaitVisible("#links"))
	until(t, ctx, "the links in the form", `document.getElementById('links').value === `+quoted(links))
	if address := browsertest.Eval[string](t, ctx, `location.href`); strings.Contains(address, "ada.png") {
		t.Errorf("the links are in the page's address: %s", address)
	}
}
