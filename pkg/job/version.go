package job

import (
	"encoding/json"
	"strconv"
	"time"
)

// version is another one in a program that is built to meet this one during a roll-out:
// go build -ldflags "-X smalti/pkg/job.version=2".
var version = "1"

// Version is the only package version that this build reads and writes.
var Version = versionOf(version)

// MaxVersion is more than there will ever be: a larger number is a mistake, and no version.
const MaxVersion = 99

func versionOf(s string) int {
	v, err := strconv.Atoi(s)
	if err != nil || v < 1 || v > MaxVersion {
		panic("smalti/pkg/job.version is " + strconv.Quote(s))
	}
	return v
}

// Foreign reports whether p, as [Parse] returned it, is a package of a version that another build
// reads: it is neither right nor wrong, and not for this one to judge.
func (p *Package) Foreign() bool {
	return p != nil && p.V != Version && p.V >= 1 && p.V <= MaxVersion && ValidID(p.ID)
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
		p.Maker = maker
	}
	var priority Priority
	if json.Unmarshal(h.Priority, &priority) == nil && priority == Bulk {
		p.Priority = Bulk
	}
	return p
}
