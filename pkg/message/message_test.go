package message_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"smalti/pkg/message"
)

func ExampleNew() {
	m := message.New("friends.busy", "host", "example.social", "wait", 90*time.Minute)
	fmt.Println(m)
	fmt.Println(message.German.Say(m))
	// Output:
	// example.social is busy. Please try again in 90 minutes.
	// example.social ist überlastet. Bitte versuch es in 90 Minuten noch einmal.
}

func TestArgumentsAreFormattedByTheLanguage(t *testing.T) {
	for _, tc := range []struct {
		m      message.Message
		en, de string
	}{
		{message.New("photo.too_large", "size", int64(22_500_000), "limit", int64(20<<20)),
			"This file is 21.5 MB; the limit is 20 MB.", "Diese Datei hat 21,5 MB; höchstens 20 MB sind möglich."},
		{message.New("store.too_large", "limit", 1500), "This file is too large; the limit is 1.5 kB.", "Diese Datei ist zu groß; höchstens 1,5 kB sind möglich."},
		{message.New("store.too_large", "limit", 7), "This file is too large; the limit is 7 bytes.", "Diese Datei ist zu groß; höchstens 7 Byte sind möglich."},
		{message.New("photo.too_many_pixels", "format", "PNG", "size", 40_000_001, "limit", 40_000_000),
			"This PNG picture has 40.1 megapixels; the limit is 40.", "Dieses PNG-Bild hat 40,1 Megapixel; höchstens 40 sind möglich."},
		{message.New("upload.too_many", "limit", 5000), "That’s too many photos for one mosaic; the limit is 5,000.", "Das sind zu viele Fotos für ein Mosaik; höchstens 5.000 sind möglich."},
		{message.New("failure.one_photo", "n", 1), "We could read only one photo. A mosaic takes at least two.", "Wir konnten nur ein Foto lesen. Ein Mosaik braucht mindestens zwei."},
		{message.New("failure.one_photo", "n", 1234), "We could read only one of the 1,234 photos. A mosaic takes at least two.", "Wir konnten nur eins der 1.234 Fotos lesen. Ein Mosaik braucht mindestens zwei."},
		{message.New("failure.target").Followed(message.New("photo.empty")),
			"We couldn’t use the picture to show. This file is empty.", "Das Bild, das dein Mosaik zeigen soll, konnten wir nicht verwenden. Diese Datei ist leer."},
	} {
		if got := tc.m.String(); got != tc.en {
			t.Errorf("English %q, want %q", got, tc.en)
		}
		if got := message.German.Say(tc.m); got != tc.de {
			t.Errorf("German %q, want %q", got, tc.de)
		}
	}
}

func TestDurations(t *testing.T) {
	for d, want := range map[time.Duration]string{
		time.Millisecond: "1 second", time.Second: "1 second", 1500 * time.Millisecond: "2 seconds", 90 * time.Second: "90 seconds",
		91 * time.Second: "2 minutes", 59*time.Minute + time.Second: "1 hour", time.Hour: "1 hour", 61 * time.Minute: "61 minutes",
		3 * time.Hour: "3 hours", 47 * time.Hour: "47 hours", 7 * 24 * time.Hour: "7 days",
	} {
		if got := message.New("problem.expired", "kept", d).String(); !strings.Contains(got, " "+want+",") {
			t.Errorf("%v: %q, want %q", d, got, want)
		}
	}
}

func TestMessageSurvivesJSON(t *testing.T) {
	want := message.New("photo.put_off", "host", "a.example", "wait", 20*time.Minute).Followed(message.New("photo.too_complex", "layers", 3, "limit", int64(2))).Told()
	data, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	var got message.Told
	if err := json.Unmarshal(data, &got); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%s became %+v, %v", data, got, err)
	}
}

func TestWhatTheCatalogueDoesNotKnowStaysAsItWasTold(t *testing.T) {
	for name, told := range map[string]message.Told{
		"stored before messages had codes": {Text: "Old words."},
		"of a newer program":               {Text: "Old words.", Says: message.Message{Code: "photo.smells"}},
		"without an argument":              {Text: "Old words.", Says: message.Message{Code: "friends.busy"}},
		"followed by an unknown one":       {Text: "Old words.", Says: message.New("photo.empty").Followed(message.Message{Code: "x"})},
	} {
		if got := message.German.Tell(told); got != "Old words." {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestLongArgumentsAreClipped(t *testing.T) {
	m := message.New("friends.bad_server", "host", strings.Repeat("ß", 1000))
	if s := m.String(); len(s) > 400 || !strings.Contains(s, "…”") {
		t.Errorf("%d bytes: %s", len(s), s)
	}
}

type spoken struct{}

func (spoken) Error() string            { return "EOF" }
func (spoken) Message() message.Message { return message.New("photo.broken") }

func TestMessageOfAnError(t *testing.T) {
	if m, ok := message.Of(fmt.Errorf("decoding: %w", spoken{})); !ok || m.Code != "photo.broken" {
		t.Errorf("%+v, %v", m, ok)
	}
	if _, ok := message.Of(errors.New("EOF")); ok {
		t.Error("an error that is for the log was told")
	}
}

func TestPreferredLanguage(t *testing.T) {
	for accept, want := range map[string]string{
		"": "en", "de": "de", "de-AT,en;q=0.5": "de", "en-US,en;q=0.9,de;q=0.8": "en", "fr,de;q=0.3": "de", "fr": "en",
		"de;q=0": "en", "de;q=0.2, en;q=0.7": "en", "DE-de": "de", ";;;,=": "en", "de;q=x": "en",
	} {
		if got := message.Preferred(accept).Lang; got != want {
			t.Errorf("%q: %s, want %s", accept, got, want)
		}
	}
}

func TestDates(t *testing.T) {
	day := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	if got := message.German.Date(day); got != "1. März 2026" {
		t.Errorf("German: %s", got)
	}
	if got := message.English.Date(day); got != "1 March 2026" {
		t.Errorf("English: %s", got)
	}
}
