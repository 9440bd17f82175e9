package friends

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"io"
	"slices"
	"time"

	"smalti/pkg/job"
)

// page is a page of a list as it is cached, with all that is needed to continue from it.
type page struct {
	List   string    `json:"list"`
	Number int       `json:"number"` // of the page in its list, from 0
	Query  Query     `json:"query"`
	Who    Subject   `json:"who"`
	Began  time.Time `json:"began"` // when the list's first page was asked for
	Held   time.Time `json:"held"`  // when it was last known to hold

	People  []Person `json:"people"`
	Without []string `json:"without,omitempty"` // as Page.NoPhoto
	Lack    int      `json:"lack,omitempty"`    // as Page.Withheld
	Total   int      `json:"total,omitempty"`
	Next    string   `json:"next,omitempty"` // the network's cursor; clients never see it
	ETag    string   `json:"etag,omitempty"`

	// Of this page and all before it: counts, and the cursors in short, to notice one that repeats.
	Count    int      `json:"count"`
	NoPhoto  int      `json:"no_photo,omitempty"`
	Withheld int      `json:"withheld,omitempty"`
	Cursors  []uint64 `json:"cursors,omitempty"`
}

// take fills the page with what the network said, after the page before it, nil for the first.
func (pg *page) take(got Page, before *page) {
	pg.People, pg.Without, pg.Lack = got.People, got.NoPhoto, got.Withheld
	pg.Total, pg.Next, pg.ETag = got.Total, got.Next, got.ETag
	pg.Count, pg.NoPhoto, pg.Withheld = len(got.People), len(got.NoPhoto), got.Withheld
	if before != nil {
		pg.Count += before.Count
		pg.NoPhoto += before.NoPhoto
		pg.Withheld += before.Withheld
		pg.Cursors = before.Cursors
	}
	h := fnv.New64a()
	h.Write([]byte(got.Next))
	// Lists that loop, or never end, are cut here.
	if slices.Contains(pg.Cursors, h.Sum64()) || pg.Number+1 >= maxPages || pg.Count+pg.NoPhoto+pg.Withheld >= 2*job.MaxFriends || pg.Count >= job.MaxFriends {
		pg.Next = ""
	}
	pg.Cursors = append(slices.Clip(pg.Cursors), h.Sum64())
}

func (pg *page) part() *Part {
	p := &Part{
		List: pg.List, Number: pg.Number, Query: pg.Query, Who: pg.Who, People: pg.People, Total: pg.Total, Expires: pg.Began.Add(keepList),
		Count: pg.Count, NoPhoto: pg.NoPhoto, Withheld: pg.Withheld,
	}
	if pg.Next != "" {
		p.Next = fmt.Sprintf("%s.%d", pg.List, pg.Number+1)
	}
	return p
}

// encode is JSON, packed: addresses of pictures differ in few letters.
func (pg *page) encode() []byte {
	var b bytes.Buffer
	z, _ := gzip.NewWriterLevel(&b, gzip.BestSpeed)
	if err := json.NewEncoder(z).Encode(pg); err != nil {
		panic(err) // our own types
	}
	z.Close()
	return b.Bytes()
}

// decodePage is nil where data is not a page, or one of another version of this program.
func decodePage(data []byte) *page {
	z, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil
	}
	var pg page
	if json.NewDecoder(io.LimitReader(z, 2*maxBody)).Decode(&pg) != nil || pg.List == "" {
		return nil
	}
	return &pg
}
