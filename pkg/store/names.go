package store

import (
	"crypto/rand"
	"fmt"
	"regexp"
	"strings"

	"smalti/pkg/job"
)

const (
	incomingDir  = "incoming"
	mosaicsDir   = "mosaics"
	uploadsDir   = "uploads"
	manifestName = "manifest.json"
)

// Only ids and what matches one of these become part of a path.
var (
	tokenPattern = regexp.MustCompile(`^[a-zA-Z0-9-]{1,64}$`)
	filePattern  = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,39}\.(jpg|json|pdf|szi)$`)
	partPattern  = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,39}\.[a-z0-9]{1,32}\.part$`)
)

// validName reports whether s may name a file of a mosaic.
func validName(s string) bool { return filePattern.MatchString(s) }

// validToken reports whether s may name an attempt at delivering.
func validToken(s string) bool { return tokenPattern.MatchString(s) }

// validID also refuses the line breaks that a base64 decoder skips.
func validID(id string) bool { return !strings.ContainsAny(id, "\r\n") && job.ValidID(id) }

func checkID(id string) error {
	if !validID(id) {
		return fmt.Errorf("%w: id %q", errName, id)
	}
	return nil
}

func checkName(id, name string) error {
	if !validName(name) {
		return fmt.Errorf("%w: file %q", errName, name)
	}
	return checkID(id)
}

func checkUpload(id, name string) error {
	if !job.ValidUploadName(name) {
		return fmt.Errorf("%w: upload %q", errName, name)
	}
	return checkID(id)
}

func incomingPath(id, token string) string { return incomingDir + "/" + id + "." + token }
func mosaicPath(id string) string          { return mosaicsDir + "/" + id }
func uploadPath(id string) string          { return uploadsDir + "/" + id }

// partName is the name of an incomplete upload.
func partName(name string) string { return name + "." + nonce() + ".part" }

// nonce is at least 128 random bits in a-z and 2-7, fit for a token and for the name of a part.
func nonce() string { return strings.ToLower(rand.Text()) }
