package main

import (
	"fmt"
	"image/color"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"smalti/pkg/friends"
	"smalti/pkg/friends/friendstest"
)

// album serves a picture at every address.
func album(t *testing.T) string {
	t.Helper()
	png := picture(t, 40, 40, color.NRGBA{180, 90, 30, 255})
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "image/png")
		w.Write(png)
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// crowd is friendstest.Crowd with photos that are there.
func crowd(t *testing.T, user string, n int) []friendstest.Person {
	t.Helper()
	photos := album(t)
	people := friendstest.Crowd(user, n)
	for i := range people {
		people[i].Photo = fmt.Sprintf("%s/%d.png", photos, i)
	}
	return people
}

// startOn starts the front end with networks elsewhere than they are.
func startOn(t *testing.T, networks friends.Config, args ...string) string {
	t.Helper()
	args = append([]string{"-listen", "127.0.0.1:0", "-data", t.TempDir(), "-allow-private"}, args...)
	c, err := readSettings(args, noEnvironment, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	c.networks.GitHub, c.networks.Bluesky, c.networks.AllowPrivate = networks.GitHub, networks.Bluesky, true
	return startWith(t, c)
}

// lookUp asks for a page of friends. query are pairs of name and value.
func lookUp(t *testing.T, base string, query ...string) (int, map[string]any, http.Header) {
	t.Helper()
	v := url.Values{}
	for i := 0; i+1 < len(query); i += 2 {
		v.Set(query[i], query[i+1])
	}
	return do(t, "GET", base+"/api/v1/friends?"+v.Encode(), "", nil)
}

func TestMosaicOfFriendsOnMastodon(t *testing.T) {
	t.Parallel()
	server := friendstest.NewMastodon(t, crowd(t, "anna", 85)...)
	base := startOn(t, friends.Config{}, "-contact", "ops@example.org")
	handle := "@anna@" + server.Host

	code, page, header := lookUp(t, base, "source", "mastodon", "handle", " "+strings.ToUpper(handle))
	people, _ := page["people"].([]any)
	if code != http.StatusOK || len(people) != 80 || page["count"] != 80.0 || page["total"] != 85.0 || header.Get("Cache-Control") != "no-store" {
		t.Fatalf("%d %v %v", code, header, page)
	}
	person := page["person"].(map[string]any)
	if person["name"] != "The anna" || person["handle"] != handle || person["photo"] == nil {
		t.Errorf("person %v", person)
	}
	code, second, _ := lookUp(t, base, "cursor", page["next"].(string))
	more, _ := second["people"].([]any)
	if code != http.StatusOK || len(more) != 5 || second["count"] != 85.0 || second["next"] != nil || second["list"] != page["list"] {
		t.Fatalf("%d %v", code, second)
	}

	asked := len(server.Requests())
	leaveOut := people[0].(map[string]any)["id"].(string)
	body := fmt.Sprintf(`{"source":"mastodon","handle":%q,"list":%q,"leave_out":[%q],"options":{"columns":12,"rows":12,"tile":16}}`, handle, page["list"], leaveOut)
	id := accept(t, base, body)
	if n := len(server.Requests()); n != asked {
		t.Errorf("the network was asked %d times more for a list that is known", n-asked)
	}
	expectDone(t, base, id, soon)
	plan := readPlan(t, base, id)
	if len(plan.Friends) != 84 {
		t.Errorf("%d friends", len(plan.Friends))
	}
	for _, f := range plan.Friends {
		if f.ID == leaveOut {
			t.Errorf("%s is in it, and was left out", f.Name)
		}
	}
	for _, r := range server.Requests() {
		if !strings.Contains(r.UserAgent(), "ops@example.org") {
			t.Errorf("%s came from %q", r.URL.Path, r.UserAgent())
		}
	}
}

// A browser without scripts sends a name, and gets to the mosaic.
func TestFormOfFriends(t *testing.T) {
	t.Parallel()
	people := crowd(t, "anna", 4)
	people[2].Photo = ""
	bluesky := friendstest.NewBluesky(t, people...)
	base := startOn(t, friends.Config{Bluesky: bluesky.Origin})
	contentType, body := form(t, plainField("source", "bluesky"), plainField("handle", "Anna"), plainField("direction", "following"),
		plainField("size", "postcard"), plainField("everyone", "on"), plainField("leave_out", friendstest.DID("user0001")+"\r\nx"), part{"target", "", nil})
	code, _, header := do(t, "POST", base+"/mosaics", contentType, body, "Accept", "text/html")
	_, id, _ := strings.Cut(header.Get("Location"), "/m/")
	if code != http.StatusSeeOther || id == "" {
		t.Fatalf("%d, to %q", code, header.Get("Location"))
	}
	id, _, _ = strings.Cut(id, "?")
	expectDone(t, base, id, soon)
	plan := readPlan(t, base, id)
	if len(plan.Friends) != 2 || len(plan.Missing) != 1 || plan.Missing[0].Says.Code != "friends.no_picture" {
		t.Errorf("friends %+v, missing %+v", plan.Friends, plan.Missing)
	}

	contentType, body = form(t, plainField("source", "bluesky"), plainField("handle", "nobody-at-all"))
	code, html, _ := post(t, base+"/mosaics", contentType, body)
	if code != http.StatusNotFound || !containsAll(html, "<form", `id="problem-handle">We couldn’t find @nobody-at-all.bsky.social at Bluesky.`, `value="nobody-at-all"`) {
		t.Errorf("%d, %s; want the form again", code, html)
	}
}

func post(t *testing.T, url, contentType string, body io.Reader) (int, []byte, http.Header) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", contentType)
	req.Header.Set("Accept", "text/html")
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, data, res.Header
}

func TestMosaicOfLinks(t *testing.T) {
	t.Parallel()
	photos := album(t)
	base := startOn(t, friends.Config{})
	links := fmt.Sprintf("Ben %s/ben.png\n%s/cleo_x.png\n%s/dan.png", photos, photos, photos)
	id := accept(t, base, fmt.Sprintf(`{"source":"links","links":%q,"leave_out":["3"],"target":"demo:0","options":{"columns":8,"rows":8,"tile":16}}`, links))
	expectDone(t, base, id, soon)
	plan := readPlan(t, base, id)
	if len(plan.Friends) != 2 || plan.Friends[0].Name != "Ben" || plan.Friends[1].Name != "cleo x" {
		t.Errorf("friends %+v", plan.Friends)
	}
}

func TestRefusedLookUps(t *testing.T) {
	t.Parallel()
	people := crowd(t, "anna", 3)
	people[0].Hides = true
	people = append(people, friendstest.Person{User: "loner"}, friendstest.Person{User: "faceless", Name: "Faceless", Follows: []string{"anna", "user0001"}},
		friendstest.Person{User: "fan", Photo: people[0].Photo, Follows: []string{"loner", "faceless"}})
	server := friendstest.NewMastodon(t, people...)
	busy := friendstest.NewMastodon(t)
	busy.Fault = friendstest.Always(429, "application/json", `{"error":"rate limit reached"}`, "Retry-After", "77")
	locked := friendstest.NewGoToSocial(t, "x", people...)
	blog := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(blog.Close)
	github := friendstest.NewGitHub(t)
	base := startOn(t, friends.Config{GitHub: github.Origin, Bluesky: "http://127.0.0.1:1"})
	at := func(user string) string { return "@" + user + "@" + server.Host }
	for _, tc := range []struct {
		source, handle, direction string
		status                    int
		code, says, field         string
	}{
		{"mastodon", "anna", "", 422, "bad_handle", "friends.server_missing", "handle"},
		{"mastodon", "", "", 422, "bad_handle", "friends.handle_missing", "handle"},
		{"mastodon", at("nobody"), "", 404, "no_such_person", "friends.no_such_person", "handle"},
		{"mastodon", at("lonre"), "", 404, "no_such_person", "find @lonre", "handle"},
		{"mastodon", at("anna"), "", 403, "hidden", "friends.following_hidden", "handle"},
		{"mastodon", at("anna"), "followers", 403, "hidden", "friends.followers_hidden", "handle"},
		{"mastodon", at("loner"), "", 422, "nobody", "friends.follows_nobody", "handle"},
		{"mastodon", "@anna@" + locked.Host, "", 403, "login_needed", "friends.login_needed", "handle"},
		{"mastodon", "@anna@" + busy.Host, "", 503, "busy", "77 seconds", "handle"},
		{"mastodon", "@anna@" + strings.TrimPrefix(blog.URL, "http://"), "", 422, "wrong_network", "isn’t a Mastodon server", "handle"},
		{"bluesky", "anna", "", 502, "unreachable", "friends.unreachable", "handle"},
		{"github", "anna", "", 404, "no_such_person", "find @anna", "handle"},
		{"myspace", "anna", "", 422, "", "The networks are: mastodon", "source"},
		{"mastodon", at("fan"), "sideways", 422, "", "following or followers", "direction"},
	} {
		t.Run(tc.code+" "+tc.handle, func(t *testing.T) {
			code, v, header := lookUp(t, base, "source", tc.source, "handle", tc.handle, "direction", tc.direction)
			wantProblem(t, code, v, tc.status, tc.code, tc.says, tc.field)
			if retry, _ := strconv.Atoi(header.Get("Retry-After")); (tc.code == "busy") != (retry > 0 && retry <= 77) {
				t.Errorf("Retry-After %q", header.Get("Retry-After"))
			}
			code, v, _ = ask(t, base, fmt.Sprintf(`{"source":%q,"handle":%q,"direction":%q}`, tc.source, tc.handle, tc.direction))
			if says := tc.says; says != "77 seconds" {
				wantProblem(t, code, v, tc.status, tc.code, says, tc.field)
			}
		})
	}
	for _, cursor := range []string{"x", "AAAAAAAAAAAAAAAAAAAAAA.1", "https://elsewhere.invalid/"} {
		code, v, _ := lookUp(t, base, "cursor", cursor)
		wantProblem(t, code, v, 410, "forgotten", "", "handle")
	}
	code, v, _ := do(t, "GET", base+"/api/v1/friends?source=demo", "", nil, "Sec-Fetch-Site", "cross-site")
	wantProblem(t, code, v, 403, "", "problem.cross_site", "")

	asked := len(server.Requests())
	for _, tc := range []struct{ json, says, field string }{
		{fmt.Sprintf(`{"source":"mastodon","handle":%q,"options":{"columns":-1}}`, at("fan")), "between 1 and", "options.columns"},
		{fmt.Sprintf(`{"source":"mastodon","handle":%q,"size":"huge"}`, at("fan")), "postcard", "size"},
		{fmt.Sprintf(`{"source":"mastodon","handle":%q,"friends":[{"id":"1","photo":"demo:1"}]}`, at("fan")), "Only the source list", "friends"},
		{fmt.Sprintf(`{"source":"mastodon","handle":%q,"target":"upload:AAAAAAAAAAAAAAAAAAAAAA/x"}`, at("fan")), "sent along", "target"},
		{fmt.Sprintf(`{"source":"mastodon","handle":%q,"leave_out":[%s""]}`, at("fan"), strings.Repeat(`"",`, 5000)), "field.leave_out", "leave_out"},
		{`{"source":"links","target":"demo:0"}`, "links.none", "links"},
		{`{"source":"links","target":"demo:0","links":"https://a.example/b.jpg"}`, "package.one_friend", "links"},
		{`{"source":"links","links":"https://a.example/b.jpg\nc"}`, "Line 2", "links"},
		{`{"source":"links","links":"https://a.example/b.jpg\nhttps://a.example/c.jpg"}`, "field.target_needed", "target"},
	} {
		code, v, _ := ask(t, base, tc.json)
		wantProblem(t, code, v, 422, "", tc.says, tc.field)
	}
	if n := len(server.Requests()); n != asked {
		t.Errorf("the network was asked %d times for requests that cannot be", n-asked)
	}
	code, v, _ = ask(t, base, fmt.Sprintf(`{"source":"mastodon","handle":%q}`, at("faceless")))
	wantProblem(t, code, v, 422, "", "Faceless has no profile picture", "target")
	code, v, _ = ask(t, base, fmt.Sprintf(`{"source":"mastodon","handle":%q}`, at("fan")))
	wantProblem(t, code, v, 422, "", "field.nobody_shown", "handle")
}

func wantProblem(t *testing.T, status int, v map[string]any, want int, code, says, field string) {
	t.Helper()
	got, _ := v["code"].(string)
	if status != want || got != code || !strings.Contains(toldBy(v), says) || field != "" && !slices.Contains(fieldsOf(v), field) {
		t.Errorf("%d %v, want %d %s with %q at %q", status, v, want, code, says, field)
	}
}

func TestTokensAndContact(t *testing.T) {
	tokens, err := readTokens("abc", "# ours\nhttps://Social.example.org x1\n\n http://gts.lan:8080/  x2 \n")
	if err != nil || len(tokens) != 3 || tokens["https://api.github.com"] != "abc" || tokens["https://social.example.org"] != "x1" || tokens["http://gts.lan:8080"] != "x2" {
		t.Errorf("%v, %v", tokens, err)
	}
	for _, lines := range []string{"social.example.org sesame", "https://social.example.org", "https://a.example sesame x", "https://u:sesame@a.example x", "https://a.example/path sesame", "ftp://a.example sesame", "sesame"} {
		if _, err := readTokens("", "\n"+lines); err == nil || !strings.Contains(err.Error(), "line 2") || strings.Contains(err.Error(), "sesame") {
			t.Errorf("%q: %v", lines, err)
		}
	}
	if _, err := readTokens("two words", ""); err == nil || strings.Contains(err.Error(), "two") {
		t.Error(err)
	}
	for contact, fine := range map[string]bool{
		"": true, "https://example.org/about": true, "ops@example.org": true, "mailto:ops@example.org": true,
		"example": false, "ftp://example.org": false, "Ops <ops@example.org>": false, "https://example.org/)\r\nX: y": false,
	} {
		if err := checkContact(contact); (err == nil) != fine {
			t.Errorf("%q: %v", contact, err)
		}
	}
}

// Who has moved is told so, and a browser without scripts gets a link to the form with the new handle.
func TestMovedAccountOnThePage(t *testing.T) {
	t.Parallel()
	moved := friendstest.Fields{"moved": map[string]any{"id": "5", "username": "anna", "acct": "anna@new.example"}}
	server := friendstest.NewMastodon(t, friendstest.Person{User: "anna", Profile: moved})
	base := startOn(t, friends.Config{}, "-workers", "0")
	old := "@anna@" + server.Host
	code, v, _ := lookUp(t, base, "source", "mastodon", "handle", old)
	if code != http.StatusUnprocessableEntity || v["code"] != "moved" || fmt.Sprint(v["suggestions"]) != "[@anna@new.example]" {
		t.Errorf("%d %v", code, v)
	}
	for lang, want := range map[string][]string{
		"en": {"has moved to @anna@new.example.", "Try @anna@new.example"},
		"de": {"ist zu @anna@new.example umgezogen.", "@anna@new.example versuchen"},
	} {
		kind, body := form(t, plainField("source", "mastodon"), plainField("handle", old), plainField("size", "postcard"), plainField("direction", "followers"))
		res, err := http.Post(base+"/mosaics?lang="+lang, kind, body)
		if err != nil {
			t.Fatal(err)
		}
		page, _ := io.ReadAll(res.Body)
		res.Body.Close()
		const link = "/?direction=followers&amp;handle=%40anna%40new.example&amp;source=mastodon"
		if !containsAll(page, append(want, link)...) {
			t.Errorf("%s: %d\n%s", lang, res.StatusCode, page)
		}
	}
	_, form, _ := get(t, base+"/?direction=followers&handle=%40anna%40new.example&source=mastodon")
	if !containsAll(form, `value="@anna@new.example"`, `id="source-mastodon" checked`, `id="followers" checked`) {
		t.Errorf("the form:\n%s", form)
	}
	_, form, _ = get(t, base+"/?handle=x&source=%3Cscript%3E")
	if !containsAll(form, `id="source-demo" checked`) {
		t.Errorf("the form:\n%s", form)
	}
}

// Trouble of ours is not shown as a fault of the handle.
func TestOfflineOnThePage(t *testing.T) {
	t.Parallel()
	base := startOn(t, friends.Config{Bluesky: "http://public.bluesky.invalid"}, "-workers", "0")
	code, v, h := lookUp(t, base, "source", "bluesky", "handle", "anna.bsky.social")
	errs, _ := v["errors"].([]any)
	if code != http.StatusServiceUnavailable || v["code"] != "offline" || len(errs) != 1 || errs[0].(map[string]any)["field"] == "handle" || h.Get("Retry-After") == "" {
		t.Errorf("%d %v", code, v)
	}
	kind, body := form(t, plainField("source", "bluesky"), plainField("handle", "anna.bsky.social"), plainField("size", "postcard"))
	res, err := http.Post(base+"/mosaics?lang=de", kind, body)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	page, _ := io.ReadAll(res.Body)
	if !containsAll(page, "Wir können Bluesky gerade nicht erreichen.", `id="problem-handle" hidden`, `value="anna.bsky.social"`) {
		t.Errorf("%s", page)
	}
}
