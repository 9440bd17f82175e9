package job

import (
	"encoding/json"
	"slices"
	"strconv"
	"time"

	"smalti/pkg/message"
)

// version and oldest are others in a program that is built to meet this one during a roll-out:
// go build -ldflags "-X smalti/pkg/job.version=4 -X smalti/pkg/job.oldest=4".
var version, oldest = "3", "1"

// Version is the newest package version that this build reads, and the one that it writes wherever all
// living workers read it. Oldest is the oldest that it reads.
//
// Version 2 has all of version 1, and keep, client, traceparent, request and continues. Version 3 has says in
// skipped.
var (
	Version = versionOf(version)
	Oldest  = min(versionOf(oldest), Version)
)

// maxVersion is more than there will ever be: a larger number is a mistake, and no version.
const maxVersion = 99

func versionOf(s string) int {
	v, err := strconv.Atoi(s)
	if err != nil || v < 1 || v > maxVersion {
		panic("the version of packages is " + strconv.Quote(s))
	}
	return v
}

// Reads reports whether this build reads packages of version v.
func Reads(v int) bool { return v >= Oldest && v <= Version }

// Foreign reports whether p, as [Parse] returned it, is a package of a version that another build
// reads: it is neither right nor wrong, and not for this one to judge.
func (p *Package) Foreign() bool {
	return p != nil && !Reads(p.V) && p.V >= 1 && p.V <= maxVersion && ValidID(p.ID)
}

// SetVersion makes p a package of version v, which must be one that this build reads. What that version
// does not have is left out.
func (p *Package) SetVersion(v int) {
	p.V = v
	if v < 2 {
		p.Keep, p.Client, p.Traceparent, p.Request, p.Continues = 0, "", "", "", ""
	}
	if v < 3 {
		p.Skipped = slices.Clone(p.Skipped)
		for i := range p.Skipped {
			p.Skipped[i].Says = message.Message{}
		}
	}
}

// head is what every version of a package has. Version and id are needed; the rest is taken where it
// is as it is here.
type head struct {
	V        int             `json:"v"`
	ID       string          `json:"id"`
	Created  json.RawMessage `json:"created"`
	Maker    json.RawMessage `json:"maker"`
	Priority json.RawMessage `json:"priority"`
}

func (h *head) asPackage() *Package {
	p := &Package{V: h.V, ID: h.ID, Priority: Interactive}
	var created time.Time
	if json.Unmarshal(h.Created, &created) == nil {
		p.Created = created.UTC()
	}
	var maker string
	if json.Unmarshal(h.Maker, &maker) == nil && len(maker) <= maxMaker {
		p.Owner = maker
	}
	var priority Priority
	if json.Unmarshal(h.Priority, &priority) == nil && priority == Bulk {
		p.Priority = Bulk
	}
	return p
}
