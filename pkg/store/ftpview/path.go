package ftpview

import (
	"fmt"
	"strings"

	"smalti/pkg/job"
	"smalti/pkg/store"
	"smalti/pkg/store/internal/tree"
)

// The paths that an FTP client may name have one of these forms.
type pathKind int

const (
	rootPath         pathKind = iota // /
	areaPath                         // /incoming, /mosaics, /uploads
	deliveryPath                     // /incoming/<id>.<token>
	deliveredPath                    // /incoming/<id>.<token>/<file>
	mosaicDirPath                    // /mosaics/<id>
	mosaicFilePath                   // /mosaics/<id>/<file>
	uploadDirPath                    // /uploads/<id>
	uploadFilePath                   // /uploads/<id>/<name>
	uploadPartPath                   // /uploads/<id>/<name>.<nonce>.part
	identityDirPath                  // /identity
	identityFilePath                 // /identity/store.json, which clients may only read
)

const pathSegmentsMax = 3

// clientPath is a path from an FTP client that is one of the above.
type clientPath struct {
	kind pathKind
	rel  string // relative to the store's directory; "." for the root
	id   string
	name string // of a file
}

// parseClientPath checks an absolute, cleaned path.
func parseClientPath(p string) (clientPath, error) {
	rel, ok := strings.CutPrefix(p, "/")
	if !ok {
		return clientPath{}, fmt.Errorf("%w: path is not absolute", store.ErrName)
	}
	if rel == "" {
		return clientPath{kind: rootPath, rel: "."}, nil
	}
	parts := strings.SplitN(rel, "/", pathSegmentsMax+1)
	found := clientPath{rel: rel}
	if len(parts) <= pathSegmentsMax && found.classify(parts) {
		return found, nil
	}
	return clientPath{}, fmt.Errorf("%w: no such place in a store", store.ErrName)
}

func (p *clientPath) classify(parts []string) bool {
	var dir, file pathKind
	var allowed func(string) bool
	switch parts[0] {
	case tree.IdentityDir:
		p.kind = identityDirPath
		if len(parts) == 2 && parts[1] == tree.IdentityName {
			p.kind, p.name = identityFilePath, tree.IdentityName
		}
		return len(parts) == 1 || p.kind == identityFilePath
	case tree.IncomingDir:
		dir, file, allowed = deliveryPath, deliveredPath, tree.ValidName
	case tree.MosaicsDir:
		dir, file, allowed = mosaicDirPath, mosaicFilePath, tree.ValidName
	case tree.UploadsDir:
		dir, file, allowed = uploadDirPath, uploadFilePath, job.ValidUploadName
	default:
		return false
	}
	if len(parts) == 1 {
		p.kind = areaPath
		return true
	}
	id := parts[1]
	if dir == deliveryPath {
		var token string
		if id, token, _ = strings.Cut(id, "."); !tree.ValidToken(token) {
			return false
		}
	}
	if !tree.ValidID(id) {
		return false
	}
	p.id, p.kind = id, dir
	if len(parts) == 2 {
		return true
	}
	p.name, p.kind = parts[2], file
	if dir == uploadDirPath && tree.PartPattern.MatchString(p.name) {
		p.kind = uploadPartPath
		return true
	}
	return allowed(p.name)
}
