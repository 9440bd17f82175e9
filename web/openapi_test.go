package main

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/gorilla/mux"

	"smalti/pkg/friends"
	"smalti/pkg/job"
	"smalti/pkg/photo"
	"smalti/web/internal/choices"
	"smalti/web/internal/intake"
	"smalti/web/internal/lookup"
	"smalti/web/internal/mosaics"
	"smalti/web/internal/problem"
)

// operations are "METHOD /path" of everything below /api.
func operationsOfRouter(t *testing.T, r *mux.Router) []string {
	t.Helper()
	var all []string
	err := r.Walk(func(route *mux.Route, _ *mux.Router, _ []*mux.Route) error {
		path, err := route.GetPathTemplate()
		methods, merr := route.GetMethods()
		if err != nil || merr != nil || !strings.HasPrefix(path, "/api/") {
			return nil //nolint:nilerr // a route that has no path or no methods is no operation
		}
		for _, m := range methods {
			all = append(all, m+" "+path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(all)
	return all
}

type openAPIDocument struct {
	Paths      map[string]map[string]json.RawMessage
	Components struct {
		Schemas map[string]struct {
			Properties map[string]json.RawMessage
		}
	}
}

func readOpenAPI(t *testing.T) (doc openAPIDocument) {
	t.Helper()
	if err := json.Unmarshal(openAPI, &doc); err != nil {
		t.Fatal(err)
	}
	return doc
}

func TestOpenAPIDescribesTheRouter(t *testing.T) {
	want := operationsOfRouter(t, (&server{pages: newTestPages(t)}).routes())
	var got []string
	for path, methods := range readOpenAPI(t).Paths {
		for m := range methods {
			if m != "parameters" {
				got = append(got, strings.ToUpper(m)+" "+path)
			}
		}
	}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("openapi.json has\n%s\nthe router has\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestOpenAPIHasEveryField(t *testing.T) {
	doc := readOpenAPI(t)
	for name, v := range map[string]any{
		"Request": intake.Request{}, "Friend": job.Friend{}, "Options": job.Options{}, "Accepted": intake.Accepted{}, "Ahead": intake.Ahead{}, "AheadFile": intake.AheadFile{}, "AheadPhoto": intake.AheadPhoto{}, "AheadRefusal": intake.AheadRefusal{}, "Mosaic": mosaics.Status{}, "Problem": problem.Problem{},
		"Friends": lookup.Part{}, "Person": friends.Person{}, "ListedPerson": lookup.ListedPerson{},
	} {
		described := doc.Components.Schemas[name].Properties
		fields := jsonFields(reflect.TypeOf(v))
		for _, f := range fields {
			if _, ok := described[f]; !ok && f != "maker" { // the maker is hidden from every answer
				t.Errorf("%s.%s is not described", name, f)
			}
		}
		for f := range described {
			if !slices.Contains(fields, f) {
				t.Errorf("%s.%s is described, and does not exist", name, f)
			}
		}
	}
}

func jsonFields(t reflect.Type) (all []string) {
	for _, f := range reflect.VisibleFields(t) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if f.IsExported() && !f.Anonymous && name != "" && name != "-" && !slices.Contains(all, name) {
			all = append(all, name)
		}
	}
	return all
}

// The limits of photos stand in the description as they are in the code.
func TestOpenAPIHasTheLimitsOfPhotos(t *testing.T) {
	described := string(readOpenAPI(t).Components.Schemas["Form"].Properties["photos"])
	for _, limit := range []string{
		fmt.Sprintf("%d MiB each", photo.DefaultBytes>>20), fmt.Sprintf("%d MiB together", choices.MaxUpload>>20),
		fmt.Sprintf("A JPEG may have %d megapixels", photo.LimitsByFormat()[0].Pixels/1_000_000), fmt.Sprintf("about %d;", photo.DefaultPixels/1_000_000),
	} {
		if !strings.Contains(described, limit) {
			t.Errorf("%q is not described in %s", limit, described)
		}
	}
}
