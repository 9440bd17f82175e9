package friends_test

import (
	"strings"
	"testing"

	"smalti/pkg/friends"
	"smalti/pkg/friends/friendstest"
)

// Who asks not to be shown is counted, and not shown; who has said nothing is shown.
func TestWishesAreRespected(t *testing.T) {
	type fields = friendstest.Fields
	link := `<p>Hi! <a href="https://a.example/tags/nobot" rel="tag">#<span>nobot</span></a></p>`
	table := func(name, value string) fields {
		return fields{"fields": []map[string]any{{"name": "Pronouns", "value": "she"}, {"name": name, "value": value, "verified_at": nil}}}
	}
	for name, tc := range map[string]struct {
		profile fields
		shown   bool
		alone   bool // is not looked up either
	}{
		"nothing said":           {fields{"discoverable": nil, "indexable": nil, "noindex": nil}, true, false},
		"an older server":        {fields{"discoverable": nil, "moved": nil, "limited": nil, "fields": nil, "note": nil}, true, false},
		"yes to all":             {fields{"discoverable": true, "indexable": true, "noindex": false}, true, false},
		"senseless":              {fields{"discoverable": "no", "indexable": 0, "noindex": []any{}, "fields": "x", "moved": 3}, true, false},
		"not discoverable":       {fields{"discoverable": false}, false, false},
		"not indexable":          {fields{"indexable": false}, false, false},
		"noindex":                {fields{"noindex": true}, false, true},
		"#nobot":                 {fields{"note": "<p>Hello #nobot</p>"}, false, true},
		"#NoBots, as a link":     {fields{"note": strings.Replace(link, "nobot</span>", "NoBots</span>", 1)}, false, true},
		"#noindex in a sentence": {fields{"note": "I write&#33; &#35;noindex, please."}, false, true},
		"in the name":            {fields{"display_name": "Ben #nobot"}, false, true},
		"in a field's value":     {table("Wishes", link), false, true},
		"in a field's name":      {table("#noindex", "yes"), false, true},
		"another word":           {fields{"note": "<p>#nobotany #NoIndexFunds nobot #nobot_really #nobött</p>"}, true, false},
		"limited":                {fields{"limited": true}, false, true},
		"in memoriam":            {fields{"memorial": true}, true, false},
		"in memoriam, withdrawn": {fields{"memorial": true, "discoverable": false}, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			people := friendstest.Crowd("anna", 3)
			people[2].Profile = tc.profile
			w := networks[0].with(t, people...)
			_, all, last := w.all(t, "anna", friends.Following)
			want := map[bool][2]int{true: {3, 0}, false: {2, 1}}[tc.shown]
			if got := [2]int{len(all), last.Withheld}; got != want {
				t.Errorf("%d shown and %d withheld, want %v", got[0], got[1], want)
			}
			who, err := w.find(t.Context(), people[2].User)
			if !tc.alone {
				if err != nil || who.Name == "" {
					t.Errorf("looked up: %+v, %v", who, err)
				}
				return
			}
			wantKind(t, err, friends.Withheld, people[2].User)
		})
	}
}

func TestSuspendedFriendsAreCounted(t *testing.T) {
	people := friendstest.Crowd("anna", 3)
	people[1].Profile = friendstest.Fields{"suspended": true}
	w := networks[0].with(t, people...)
	if _, all, last := w.all(t, "anna", friends.Following); len(all) != 2 || last.Withheld != 1 {
		t.Errorf("%d shown, %d withheld", len(all), last.Withheld)
	}
	_, err := w.find(t.Context(), people[1].User)
	wantKind(t, err, friends.NoSuchPerson, "friends.suspended")
}

// On GoToSocial, nobody is discoverable who has not said so; that alone is no wish. A word in the
// profile is.
func TestGoToSocialHasNoSilence(t *testing.T) {
	people := friendstest.Crowd("anna", 3)
	people[1].Profile = friendstest.Fields{"note": "#nobot"}
	w := networks[1].with(t, people...)
	if _, all, last := w.all(t, "anna", friends.Following); len(all) != 2 || last.Withheld != 1 {
		t.Errorf("%d shown, %d withheld", len(all), last.Withheld)
	}
}

// Our token must not show people whom Forgejo shows only to those who log in.
func TestForgejoHidesPeople(t *testing.T) {
	people := friendstest.Crowd("anna", 4)
	for i, v := range []string{"limited", "private", "public"} {
		people[i+1].Profile = friendstest.Fields{"visibility": v}
	}
	for _, n := range networks {
		if n.name != "forgejo" {
			continue
		}
		w := n.with(t, people...)
		if _, all, last := w.all(t, "anna", friends.Following); len(all) != 2 || last.Withheld != 2 {
			t.Errorf("%d shown, %d withheld", len(all), last.Withheld)
		}
		_, err := w.find(t.Context(), people[1].User)
		wantKind(t, err, friends.Withheld, "friends.login_to_see")
	}
}
