package pages

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"time"

	"smalti/pkg/message"
	"smalti/web/internal/answer"
	"smalti/web/internal/problem"
)

// staticTypes names the media type of every kind of file in static/. The machine's own table is not
// asked: with X-Content-Type-Options: nosniff, a wrong entry there would switch the page off.
var staticTypes = map[string]string{
	".css":  "text/css; charset=utf-8",
	".js":   "text/javascript; charset=utf-8",
	".svg":  "image/svg+xml",
	".jpg":  "image/jpeg",
	".json": "application/json",
	".png":  "image/png",
	".ico":  "image/x-icon",
	".txt":  "text/plain; charset=utf-8",

	".webmanifest": "application/manifest+json",
}

// staticFile is a file as it is, and as it is sent to those who take gzip: nil where that is no gain.
type staticFile struct{ plain, zipped []byte }

func newStaticFile(data []byte) *staticFile {
	f := &staticFile{plain: data}
	if b := answer.Gzip(data, gzip.BestCompression); b.Len() < len(data)*9/10 {
		f.zipped = b.Bytes()
	}
	return f
}

// assets is the folder of the present version.
func (p *Pages) assets() string { return staticPrefix + p.version + "/" }

// staticPrefix begins the path of every static file; the version and the file's name follow.
const staticPrefix = "/static/"

func (p *Pages) readStatic(files fs.FS) error {
	sum := sha256.New()
	err := fs.WalkDir(files, "static", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		if staticTypes[path.Ext(name)] == "" {
			return fmt.Errorf("%s: no media type is known for it", name)
		}
		short := strings.TrimPrefix(name, "static/")
		fmt.Fprintf(sum, "%s %d\n", short, len(data))
		sum.Write(data)
		p.files[short] = newStaticFile(data)
		return nil
	})
	p.version = hex.EncodeToString(sum.Sum(nil)[:6])
	return err
}

// Static serves /static/<version>/<name>. A file under its present version never changes. Under
// another version, which a page from a server of another release may ask for, the present file is
// served but not kept.
//
// The version is a folder, not part of the name, so that modules can import their neighbours.
func (p *Pages) Static() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		version, name, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, staticPrefix), "/")
		file, ok := p.files[name]
		if !ok {
			p.problem(w, r, problem.New(http.StatusNotFound, message.New("problem.no_page")))
			return
		}
		keep := "no-cache"
		if version == p.version {
			keep = "public, max-age=31536000, immutable"
		}
		p.send(w, r, name, file, keep)
	})
}

// FixedAddresses are the static files that browsers and robots look for where nobody told them to, or that are known by
// the same address for ever.
var FixedAddresses = []string{"favicon.ico", "apple-touch-icon.png", "icon-512.png", "mark.svg", "robots.txt", "site.webmanifest"}

// Fixed serves one of [FixedAddresses].
func (p *Pages) Fixed(name string) http.HandlerFunc {
	file := p.files[name]
	return func(w http.ResponseWriter, r *http.Request) { p.send(w, r, name, file, "public, max-age=86400") }
}

func (p *Pages) send(w http.ResponseWriter, r *http.Request, name string, file *staticFile, keep string) {
	data, tag := file.plain, p.version
	if file.zipped != nil {
		w.Header().Set("Vary", "Accept-Encoding")
		if answer.AcceptsGzip(r) {
			data, tag = file.zipped, tag+"-gzip"
			w.Header().Set("Content-Encoding", "gzip")
		}
	}
	w.Header().Set("Content-Type", staticTypes[path.Ext(name)])
	w.Header().Set("ETag", `"`+tag+`"`)
	w.Header().Set("Cache-Control", keep)
	http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(data))
}
