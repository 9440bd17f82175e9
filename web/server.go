package main

import (
	"context"
	"log/slog"
	"net/http"
	"strings"

	"github.com/gorilla/mux"

	"smalti/pkg/fleet"
	"smalti/pkg/job"
	"smalti/pkg/message"
	"smalti/pkg/metrics"
	"smalti/web/internal/connections"
	"smalti/web/internal/files"
	"smalti/web/internal/intake"
	"smalti/web/internal/limits"
	"smalti/web/internal/lookup"
	"smalti/web/internal/mosaics"
	"smalti/web/internal/pages"
	"smalti/web/internal/problem"
	"smalti/web/internal/status"
	"smalti/web/internal/upkeep"
)

// pinger can say whether it is there.
type pinger interface {
	Ping(ctx context.Context) error
}

// server answers HTTP. It keeps nothing in memory that another web server would have to know.
type server struct {
	queue, store pinger

	deletions *upkeep.Deletions
	losses    *upkeep.Losses
	uploads   *upkeep.Uploads
	stores    *fleet.StoreCheck

	pages  *pages.Pages
	log    *slog.Logger
	limits *limits.Limits // nil: none

	mosaics    *status.Finder
	mosaicAPI  *mosaics.Handler
	files      *files.Handler
	mosaicPage *pages.MosaicPage
	lookup     *lookup.Handler
	intake     *intake.Intake

	connections connections.Counter
}

// routes is the whole HTTP interface. web/openapi.json describes the part below /api, and a test
// holds the two together.
func (s *server) routes() *mux.Router {
	r := mux.NewRouter()
	r.Methods("GET", "HEAD").Path("/").HandlerFunc(s.pages.Start)
	r.Methods("POST").Path("/mosaics").HandlerFunc(s.limited((*limits.Limits).TakeMosaic, s.intake.PostForm))
	r.Methods("GET", "HEAD").Path("/m/{id}").Handler(s.mosaicPage)
	r.Methods("GET", "HEAD").Path("/m/{id}/print.pdf").Handler(unindexed(s.files.Print))
	r.Methods("POST").Path("/m/{id}/delete").HandlerFunc(s.mosaicAPI.PostDelete)
	r.Methods("GET", "HEAD").Path(problem.TypesPath).HandlerFunc(s.pages.ProblemTypes)
	for _, name := range pages.FixedAddresses {
		r.Methods("GET", "HEAD").Path("/" + name).Handler(s.pages.Fixed(name))
	}
	r.Methods("GET", "HEAD").PathPrefix("/static/").Handler(s.pages.Static())
	r.Methods("GET", "HEAD").Path("/files/{id}/{name}").Handler(unindexed(s.files.File))
	r.Methods("GET", "HEAD").Path("/files/{id}/{look}/{name}").Handler(unindexed(s.files.Look))
	r.Methods("GET", "HEAD").Path("/healthz").HandlerFunc(s.getHealth)
	r.Methods("GET", "HEAD").Path("/readyz").HandlerFunc(s.getReady)

	api := r.PathPrefix("/api").Subrouter()
	api.Methods("GET").Path("/openapi.json").HandlerFunc(s.getOpenAPI)
	api.Methods("GET").Path("/v1/friends").HandlerFunc(s.limited((*limits.Limits).TakeFriends, s.lookup.Friends))
	api.Methods("GET").Path("/v1/friends/{list}/{page}/{n}/thumb").HandlerFunc(s.limited((*limits.Limits).TakeThumb, s.lookup.Thumb))
	api.Methods("POST").Path("/v1/mosaics").HandlerFunc(s.limited((*limits.Limits).TakeMosaic, s.intake.PostMosaic))
	api.Methods("POST").Path("/v1/photos").HandlerFunc(s.limited((*limits.Limits).TakeBatch, s.intake.PostPhotos))
	api.Methods("GET").Path("/v1/mosaics/{id}").HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.mosaicAPI.Poll(w, r, mux.Vars(r)["id"]) }) // see pollsFirst
	api.Methods("DELETE").Path("/v1/mosaics/{id}").HandlerFunc(s.mosaicAPI.Delete)

	r.NotFoundHandler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.pages.Refuse(w, r, problem.New(http.StatusNotFound, message.New("problem.no_address")))
	})
	r.MethodNotAllowedHandler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.pages.Refuse(w, r, problem.New(http.StatusMethodNotAllowed, message.New("problem.method")))
	})
	return r
}

// handler is routes with what every request goes through.
func (s *server) handler(m *metrics.Web) http.Handler {
	origin := http.NewCrossOriginProtection()
	origin.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.pages.Refuse(w, r, problem.New(http.StatusForbidden, message.New("problem.cross_site")))
	}))
	routes := s.routes()
	routes.Use(m.Middleware)
	routes.NotFoundHandler = m.Middleware(routes.NotFoundHandler)
	routes.MethodNotAllowedHandler = m.Middleware(routes.MethodNotAllowedHandler)
	return s.survive(secureHeaders(s.shortAddress(origin.Handler(s.pollsFirst(m, routes)))))
}

// limited lets a request through that is within the client's limits.
func (s *server) limited(take func(*limits.Limits, *http.Request) error, next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if s.limits != nil {
			if err := take(s.limits, r); err != nil {
				s.pages.Refuse(w, r, err)
				return
			}
		}
		next(w, r)
	}
}

// unindexed tells search engines to leave out what are people's faces. Pages say so themselves.
func unindexed(next http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Robots-Tag", "noindex")
		next(w, r)
	})
}

const (
	maxHeader  = 16 << 10 // bytes of a request's header; the standard library adds 4 KB
	maxAddress = 4 << 10  // bytes of its address, which answers repeat
)

// shortAddress refuses requests with very long addresses.
func (s *server) shortAddress(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if len(r.RequestURI) > maxAddress {
			s.pages.Refuse(w, r, problem.New(http.StatusRequestURITooLong, message.New("problem.uri_too_long")))
			return
		}
		next.ServeHTTP(w, r)
	})
}

const pollPath = "/api/v1/mosaics/"

// pollsFirst answers polls, which nearly all requests are, without the router: it would take longer
// than all the rest of the work.
func (s *server) pollsFirst(m *metrics.Web, others http.Handler) http.Handler {
	polls := m.Of(pollPath+"{id}", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mosaicAPI.Poll(w, r, strings.TrimPrefix(r.URL.Path, pollPath))
	}))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id, below := strings.CutPrefix(r.URL.Path, pollPath)
		if below && r.Method == http.MethodGet && job.ValidID(id) {
			polls.ServeHTTP(w, r)
			return
		}
		others.ServeHTTP(w, r)
	})
}

// policy allows nothing but what the pages themselves bring; no inline script, no third party.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; " +
	"connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

func secureHeaders(next http.Handler) http.Handler {
	// Their values are made once for all answers; nobody changes what is in them.
	csp, nosniff, sameOrigin := []string{policy}, []string{"nosniff"}, []string{"same-origin"}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h["Content-Security-Policy"] = csp
		h["X-Content-Type-Options"] = nosniff
		h["Referrer-Policy"] = sameOrigin
		h["Cross-Origin-Opener-Policy"] = sameOrigin
		next.ServeHTTP(w, r)
	})
}

// survive turns a panic into an answer, so that one request costs no other.
func (s *server) survive(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			if e := recover(); e != nil {
				if e == http.ErrAbortHandler { //nolint:errorlint // net/http compares it as well
					panic(e)
				}
				s.log.Error("panic while answering", "method", r.Method, "path", r.URL.Path, "panic", e)
				s.pages.Refuse(w, r, problem.New(http.StatusInternalServerError, message.New("problem.internal")))
			}
		}()
		next.ServeHTTP(w, r)
	})
}
