package job_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"
	"time"

	"smalti/pkg/job"
	"smalti/pkg/message"
)

func valid() *job.Package {
	p := &job.Package{
		V: job.Version, ID: job.NewID(), Created: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
		Target: job.Target{URL: "demo:0"}, Options: job.Defaults(), Priority: job.Interactive,
	}
	for i := range 3 {
		p.Friends = append(p.Friends, job.Friend{
			ID: fmt.Sprint(i), Name: "Zoë", Profile: "https://example.org/zoe", Photo: fmt.Sprintf("demo:%d", i+1),
		})
	}
	p.Skipped = []job.Skipped{job.Skip("Ben", message.New("photo.put_off", "host", "a.example", "wait", time.Hour))}
	p.Keep, p.Client, p.Continues = 3600, job.NewID(), job.NewID()
	p.Traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	return p
}

func TestValidPackageSurvivesTheWire(t *testing.T) {
	want := valid()
	data, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	got, err := job.Parse(data)
	if err != nil {
		t.Fatalf("Parse(%s): %v", data, err)
	}
	again, _ := json.Marshal(got)
	if string(again) != string(data) {
		t.Errorf("second encoding\n got %s\nwant %s", again, data)
	}
}

func TestPackageOfVersion1(t *testing.T) {
	p := valid()
	p.SetVersion(1)
	data, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	for _, field := range []string{"keep", "client", "traceparent", "continues", "says"} {
		if strings.Contains(string(data), `"`+field+`"`) {
			t.Errorf("%s is in %s", field, data)
		}
	}
	got, err := job.Parse(data)
	if err != nil || got.V != 1 || got.Foreign() || got.Lifetime(time.Minute) != time.Minute {
		t.Errorf("Parse = %+v, %v", got, err)
	}
	if got := valid().Lifetime(time.Minute); got != time.Hour {
		t.Errorf("Lifetime = %v, want what the package says", got)
	}
}

func TestFailuresAreToldInEveryLanguage(t *testing.T) {
	data, err := json.Marshal(job.Fail(job.NoPhotos, message.New("failure.one_photo", "n", 7), "404"))
	if err != nil {
		t.Fatal(err)
	}
	for stored, want := range map[string][2]string{
		string(data): {"We could read only one of the 7 photos. A mosaic takes at least two.", "Wir konnten nur eins der 7 Fotos lesen. Ein Mosaik braucht mindestens zwei."},
		// As programs wrote them before messages had codes.
		`{"code":"no_photos","message":"None of them."}`:                 {"None of them.", "None of them."},
		`{"code":"too_long","message":"It took too long.","detail":"x"}`: {"Making this mosaic took too long. A smaller one may work.", "Dieses Mosaik hat zu lange gedauert. Mit einem kleineren klappt es vielleicht."},
	} {
		var f job.Failure
		if err := json.Unmarshal([]byte(stored), &f); err != nil {
			t.Fatal(err)
		}
		if got := [2]string{f.In(message.English), f.In(message.German)}; got != want {
			t.Errorf("%s is told as %q, want %q", stored, got, want)
		}
	}
}

func TestInvalidPackages(t *testing.T) {
	for _, tc := range []struct {
		name  string
		spoil func(*job.Package)
		field string
		says  string
	}{
		{"version", func(p *job.Package) { p.V = 4 }, "v", "version 4; this program reads versions 1 to 3"},
		{"version 0", func(p *job.Package) { p.V = 0 }, "v", "version 0"},
		{"too new for its version", func(p *job.Package) { p.SetVersion(1); p.Keep = 3600 }, "keep", "doesn’t exist in version 1"},
		{"keep", func(p *job.Package) { p.Keep = 3599 }, "keep", "from 1 hour to"},
		{"kept for ever", func(p *job.Package) { p.Keep = math.MaxInt64 }, "keep", "from 1 hour to"},
		{"client", func(p *job.Package) { p.Client = "192.0.2.1" }, "client", "22 characters"},
		{"traceparent", func(p *job.Package) { p.Traceparent = "00-00000000000000000000000000000000-b7ad6b7169203331-01" }, "traceparent", "W3C"},
		{"continues", func(p *job.Package) { p.Continues = "../x" }, "continues", "22 characters"},
		{"continues itself", func(p *job.Package) { p.Continues = p.ID }, "continues", "another id"},
		{"id", func(p *job.Package) { p.ID = "../../etc/passwd" }, "id", "22 characters"},
		{"no time", func(p *job.Package) { p.Created = time.Time{} }, "created", "missing"},
		{"priority", func(p *job.Package) { p.Priority = "urgent" }, "priority", "interactive or bulk"},
		{"no target", func(p *job.Package) { p.Target.URL = "" }, "target.url", "address"},
		{"target scheme", func(p *job.Package) { p.Target.URL = "file:///etc/passwd" }, "target.url", "address"},
		{"no friends", func(p *job.Package) { p.Friends = nil }, "friends", "no photos"},
		{"one friend", func(p *job.Package) { p.Friends = p.Friends[:1] }, "friends", "One photo"},
		{"10,000 friends", func(p *job.Package) { p.Friends = make([]job.Friend, 10_000) }, "friends", "10,000 photos are too many"},
		{"same id", func(p *job.Package) { p.Friends[1].ID = "0" }, "friends[1].id", "twice"},
		{"name", func(p *job.Package) { p.Friends[2].Name = "a\nb" }, "friends[2].name", "printable"},
		{"long name", func(p *job.Package) { p.Friends[2].Name = strings.Repeat("é", 201) }, "friends[2].name", "200"},
		{"photo", func(p *job.Package) { p.Friends[0].Photo = "gopher://x" }, "friends[0].photo", "address"},
		{"profile", func(p *job.Package) { p.Friends[0].Profile = "javascript:alert(1)" }, "friends[0].profile", "link"},
		{"skipped by a message of another version", func(p *job.Package) {
			p.SetVersion(2)
			p.Skipped = []job.Skipped{job.Skip("a", message.New("photo.empty"))}
		}, "skipped[0].says", "version 2"},
		{"skipped by a message with lists", func(p *job.Package) {
			p.Skipped = []job.Skipped{{Says: message.Message{Code: "photo.empty", Args: map[string]any{"x": []any{}}}}}
		}, "skipped[0]", "printable"},
		{"skipped", func(p *job.Package) { p.Skipped = []job.Skipped{{Name: "a", Reason: "b\x00"}} }, "skipped[0]", "printable"},
		{"columns", func(p *job.Package) { p.Options.Columns = 0 }, "options.columns", "between 1 and 2,000"},
		{"cells", func(p *job.Package) { p.Options.Columns, p.Options.Rows, p.Options.Tile = 1000, 1000, 8 }, "options.columns", "1,000,000 cells"},
		{"side", func(p *job.Package) { p.Options.Columns, p.Options.Rows, p.Options.Tile = 2000, 1, 64 }, "options.tile", "128,000 pixels"},
		{"tile", func(p *job.Package) { p.Options.Tile = 63 }, "options.tile", "multiple of 8"},
		{"shape", func(p *job.Package) { p.Options.Shape = "hexagon" }, "options.shape", "square, brick or detail"},
		{"detail of 136", func(p *job.Package) { p.Options.Shape, p.Options.Tile = job.Detail, 136 }, "options.tile", "at most 128"},
		{"bricks of 24", func(p *job.Package) { p.Options.Shape, p.Options.Tile = job.Brick, 24 }, "options.tile", "multiple of 16"},
		{"fair", func(p *job.Package) { p.Options.Fair = 0.5 }, "options.fair", "0 or between 1 and 100"},
		{"fair is no number", func(p *job.Package) { p.Options.Fair = math.NaN() }, "options.fair", "0 or between"},
		{"tint", func(p *job.Package) { p.Options.Tint = math.NaN() }, "options.tint", "between 0 and 100"},
		{"shading", func(p *job.Package) { p.Options.Shading = math.NaN() }, "options.shading", "between 0 and 20"},
		{"distance", func(p *job.Package) { p.Options.RepeatDistance = -1 }, "options.repeat_distance", "between 0 and 50"},
		{"quality", func(p *job.Package) { p.Options.Quality = 101 }, "options.quality", "between 1 and 100"},
		{"extras", func(p *job.Package) { p.Options.Extras = []job.Extra{"pdf", "pdf"} }, "options.extras", "each once"},
		{"bleed", func(p *job.Package) { p.Options.Bleed = math.Inf(1) }, "options.bleed", "between 0 and 25"},
		{"bleed beyond the edge of JPEG", func(p *job.Package) {
			p.Options.Columns, p.Options.Rows, p.Options.Tile = 255, 100, 256
			p.Options.Extras, p.Options.Bleed = []job.Extra{job.PDF}, 3
		}, "options.bleed", "253 columns or rows fit, and you ask for 255"},
		{"format", func(p *job.Package) { p.Options.Format = "tiff" }, "options.format", "jpeg"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := valid()
			tc.spoil(p)
			bad, ok := errors.AsType[job.Invalid](p.Validate())
			if !ok {
				t.Fatalf("Validate() did not return an Invalid")
			}
			if bad[0].Field != tc.field || !strings.Contains(bad[0].Text, tc.says) {
				t.Errorf("got %q: %q, want field %q and a sentence with %q", bad[0].Field, bad[0].Text, tc.field, tc.says)
			}
			if m, ok := message.Of(fmt.Errorf("accepting: %w", bad)); !ok || m.String() != bad[0].Text {
				t.Errorf("message %q, %v", m, ok)
			}
		})
	}
}

func TestParseRefusesWhatItDoesNotKnow(t *testing.T) {
	data, _ := json.Marshal(valid())
	good := string(data)
	for _, tc := range []struct{ name, in, says string }{
		{"not JSON", "hello", "isn’t a JSON object"},
		{"an array", "[]", "isn’t a JSON object"},
		{"unknown field", strings.Replace(good, `{"v":3`, `{"v":3,"colour":"red"`, 1), "“colour”"},
		{"unknown option", strings.Replace(good, `"columns"`, `"gloss":1,"columns"`, 1), "“gloss”"},
		{"a field of version 2 in version 1", strings.Replace(good, `{"v":3`, `{"v":1`, 1), "doesn’t exist in version 1"},
		{"newer version with other fields", `{"v":7,"id":"` + valid().ID + `","wishes":[]}`, "version 7"},
		{"wrong type", strings.Replace(good, `"tile":64`, `"tile":"big"`, 1), "options.tile"},
		{"something behind", good + "{}", "isn’t a JSON object"},
		{"bad time", strings.Replace(good, "2026-01-02T", "yesterday", 1), "can’t read"},
		{"too long", good + strings.Repeat(" ", job.MaxPackageBytes), "the limit is 4 MB"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := job.Parse([]byte(tc.in))
			m, ok := message.Of(err)
			if s := m.String(); !ok || !strings.Contains(s, tc.says) {
				t.Errorf("Parse: %v; message %q, want one with %q", err, s, tc.says)
			}
		})
	}
}

func TestAddresses(t *testing.T) {
	id := job.NewID()
	for _, tc := range []struct {
		in     string
		scheme job.Scheme // empty: refused
	}{
		{"https://example.org/a.jpg", job.Web},
		{"HTTP://example.org", job.Web},
		{"demo:17", job.Demo},
		{"upload:" + id + "/photo-1", job.Upload},
		{"https:///a.jpg", ""}, {"https://user@example.org/", ""}, {"https:opaque", ""},
		{"demo:017", ""}, {"demo:-1", ""}, {"demo:", ""}, {"demo:100000", ""}, {"demo:1 ", ""},
		{"upload:" + id + "/../x", ""}, {"upload:" + id, ""}, {"upload:" + id + "/", ""}, {"upload:short/x", ""},
		{"file:///etc/passwd", ""}, {"ftp://example.org/x", ""}, {"", ""},
		{"https://example.org/" + strings.Repeat("a", job.MaxAddress), ""},
	} {
		got, err := job.ParseAddress(tc.in)
		if (err == nil) != (tc.scheme != "") || got.Scheme != tc.scheme {
			t.Errorf("ParseAddress(%.60q) = %q, %v; want %q", tc.in, got.Scheme, err, tc.scheme)
		}
	}
}

func TestIDs(t *testing.T) {
	a, b := job.NewID(), job.NewID()
	if a == b || !job.ValidID(a) || !job.ValidID(b) {
		t.Errorf("NewID gave %q and %q", a, b)
	}
	d := job.IDFor("maker", "key")
	if !job.ValidID(d) || d != job.IDFor("maker", "key") || d == job.IDFor("make", "rkey") {
		t.Errorf("IDFor gave %q", d)
	}
	for _, s := range []string{"", "short", d + "a", d[:21] + "/", d[:21] + "=", d + "\n", d[:10] + "\r\n" + d[10:]} {
		if job.ValidID(s) {
			t.Errorf("ValidID(%q)", s)
		}
	}
}

func FuzzParse(f *testing.F) {
	data, _ := json.Marshal(valid())
	f.Add(data)
	f.Add([]byte(`{"v":1,"id":"x","friends":[{}]}`))
	first := valid()
	first.SetVersion(1)
	data, _ = json.Marshal(first)
	f.Add(data)
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := job.Parse(data)
		if err != nil {
			if _, ok := message.Of(err); !ok {
				t.Errorf("no message for %v", err)
			}
			return
		}
		again, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := job.Parse(again); err != nil {
			t.Errorf("a package that was read cannot be read again: %v", err)
		}
	})
}

// What strangers may not have, the owner of a machine may, up to what a JPEG can hold.
func TestLimitsOfTheOwner(t *testing.T) {
	for name, change := range map[string]func(*job.Package){
		"friends":      func(p *job.Package) { p.Friends = friendsOf(job.MaxFriends + 1) },
		"columns":      func(p *job.Package) { p.Options.Columns, p.Options.Tile = 8187, 8 },
		"cells":        func(p *job.Package) { p.Options.Columns, p.Options.Rows = 1000, 1000 },
		"uses":         func(p *job.Package) { p.Options.MaxUses = job.MaxCells + 1 },
		"tile":         func(p *job.Package) { p.Options.Columns, p.Options.Tile = 63, 1024 },
		"large detail": func(p *job.Package) { p.Options.Columns, p.Options.Shape, p.Options.Tile = 63, job.Detail, 256 },
	} {
		p := valid()
		change(p)
		if p.Validate() == nil || p.ValidateWithin(job.Owner()) != nil {
			t.Errorf("%s: strangers %v, owner %v", name, p.Validate(), p.ValidateWithin(job.Owner()))
		}
	}
	p := valid()
	if p.Options.Columns, p.Options.Rows = 1024, 1; p.ValidateWithin(job.Owner()) == nil {
		t.Error("a poster is longer than a JPEG can be")
	}
}

func friendsOf(n int) (all []job.Friend) {
	for i := range n {
		all = append(all, job.Friend{ID: strconv.Itoa(i), Photo: "demo:1"})
	}
	return all
}
