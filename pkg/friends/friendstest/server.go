// Package friendstest has a fake server of each network, true to the real one in what a client can
// see: addresses, fields, headers, limits, the ways to page, and the ways to refuse. What is copied
// are facts, from the networks' documentation and from answers of real servers.
package friendstest

import (
	"encoding/json"
	"fmt"
	"hash/crc32"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// Person is somebody on the fake network.
type Person struct {
	User     string   // the login, or what is before the @ or the first dot
	Name     string   // as shown; may be empty
	Photo    string   // an address; empty: none of their own
	Follows  []string // users
	Hides    bool     // the lists are hidden, where the network has that
	Withheld bool     // is not shown to people who are not logged in, where the network has that
	Profile  Fields   // what else its server says of the account, in place of the usual
	Emojis   []string // shortcodes of pictures in the name, where the network has that
}

// Fields are fields of JSON.
type Fields map[string]any

// Crowd is a person with n friends, user0001 and so on, who have a name and a photo each.
func Crowd(user string, n int) []Person {
	people := []Person{{User: user, Name: "The " + user, Photo: "https://photos.example/" + user + ".png"}}
	for i := 1; i <= n; i++ {
		friend := fmt.Sprintf("user%04d", i)
		people[0].Follows = append(people[0].Follows, friend)
		people = append(people, Person{User: friend, Name: fmt.Sprintf("Friend %d", i), Photo: "https://photos.example/" + friend + ".png", Follows: []string{user}})
	}
	return people
}

// Server is a fake server of one network. Its settings may be changed between requests, through Set.
type Server struct {
	Origin string // scheme://host
	Host   string // host:port
	Token  string // what a client has to show to read lists; empty: nothing
	Closed bool   // nobody may look at anything without the token
	People []Person

	// Fault, if set, may answer a request in the server's place; it reports whether it did.
	Fault func(w http.ResponseWriter, r *http.Request) bool

	mu       sync.Mutex
	requests []*http.Request
}

// start serves what handle answers until the test ends.
func (s *Server) start(t testing.TB, handle http.Handler) {
	h := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.requests = append(s.requests, r.Clone(r.Context()))
		fault := s.Fault
		s.mu.Unlock()
		if fault == nil || !fault(w, r) {
			handle.ServeHTTP(w, r)
		}
	}))
	h.Config.ErrorLog = nil
	t.Cleanup(h.Close)
	s.Origin, s.Host = h.URL, strings.TrimPrefix(h.URL, "http://")
}

// Set changes settings while the server runs.
func (s *Server) Set(change func(*Server)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(s)
}

// Requests are those that came so far.
func (s *Server) Requests() []*http.Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// find gives the place of a person, whichever way the letters are written; -1: there is none.
func (s *Server) find(user string) int {
	return slices.IndexFunc(s.People, func(p Person) bool { return strings.EqualFold(p.User, user) })
}

// list are the places of somebody's friends.
func (s *Server) list(i int, followers bool) (all []int) {
	for j, p := range s.People {
		if !followers && slices.Contains(s.People[i].Follows, p.User) || followers && slices.Contains(p.Follows, s.People[i].User) {
			all = append(all, j)
		}
	}
	return all
}

// page cuts numbered pages.
func page(all []int, number, size int) []int {
	start := min((number-1)*size, len(all))
	return all[start:min(start+size, len(all))]
}

// number reads a parameter that is a number within bounds.
func number(r *http.Request, name string, standard, most int) int {
	n, err := strconv.Atoi(r.FormValue(name))
	if err != nil || n < 1 {
		return standard
	}
	return min(n, most)
}

// answer sends JSON.
func answer(w http.ResponseWriter, kind string, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	w.Header().Set("Content-Type", kind)
	w.WriteHeader(status)
	w.Write(body)
}

// tagged sends JSON with an ETag, or 304 to who has it.
func tagged(w http.ResponseWriter, r *http.Request, kind string, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	tag := fmt.Sprintf(`W/"%08x"`, crc32.ChecksumIEEE(body))
	w.Header().Set("ETag", tag)
	if r.Header.Get("If-None-Match") == tag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	w.Header().Set("Content-Type", kind)
	w.Write(body)
}

// Always answers every request alike: a fault.
func Always(status int, kind, body string, header ...string) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, _ *http.Request) bool {
		w.Header().Set("Content-Type", kind)
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
		w.Write([]byte(body))
		return true
	}
}

// Endless never stops to answer: a fault.
func Endless(w http.ResponseWriter, r *http.Request) bool {
	w.Header().Set("Content-Type", "application/json")
	w.Write([]byte(`[{"id":"1","username":"`))
	junk := []byte(strings.Repeat("x", 64<<10))
	for {
		if _, err := w.Write(junk); err != nil {
			return true
		}
	}
}

// Stuck begins to answer, and goes no further until the client goes: a fault.
func Stuck(w http.ResponseWriter, r *http.Request) bool {
	w.Header().Set("Content-Type", "application/json")
	w.Write([]byte(`[`))
	http.NewResponseController(w).Flush()
	<-r.Context().Done()
	return true
}

// created is when everybody joined.
var created = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC).Format("2006-01-02T15:04:05.000Z")
