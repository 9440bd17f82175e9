package tree

import (
	"crypto/rand"
	"fmt"
	"regexp"
	"strings"

	"smalti/pkg/job"
	"smalti/pkg/store"
)

const (
	IncomingDir  = "incoming"
	MosaicsDir   = "mosaics"
	UploadsDir   = "uploads"
	ManifestName = "manifest.json"
)

// Only ids and what matches one of these become part of a path.
var (
	tokenPattern = regexp.MustCompile(`^[a-zA-Z0-9-]{1,64}$`)
	filePattern  = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,39}\.(jpg|json|pdf|szi)$`)
	PartPattern  = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,39}\.[a-z0-9]{1,32}\.part$`)
)

// ValidName reports whether s may name a file of a mosaic.
func ValidName(s string) bool { return filePattern.MatchString(s) }

// ValidToken reports whether s may name an attempt at delivering.
func ValidToken(s string) bool { return tokenPattern.MatchString(s) }

// ValidID also refuses the line breaks that a base64 decoder skips.
func ValidID(id string) bool { return !strings.ContainsAny(id, "\r\n") && job.ValidID(id) }

func CheckID(id string) error {
	if !ValidID(id) {
		return fmt.Errorf("%w: id %q", store.ErrName, id)
	}
	return nil
}

func checkName(id, name string) error {
	if !ValidName(name) {
		return fmt.Errorf("%w: file %q", store.ErrName, name)
	}
	return CheckID(id)
}

func CheckUpload(id, name string) error {
	if !job.ValidUploadName(name) {
		return fmt.Errorf("%w: upload %q", store.ErrName, name)
	}
	return CheckID(id)
}

func incomingPath(id, token string) string { return IncomingDir + "/" + id + "." + token }
func MosaicPath(id string) string          { return MosaicsDir + "/" + id }
func UploadPath(id string) string          { return UploadsDir + "/" + id }

// PartName is the name of an incomplete upload.
func PartName(name string) string { return name + "." + Nonce() + ".part" }

// Nonce is at least 128 random bits in a-z and 2-7, fit for a token and for the name of a part.
func Nonce() string { return strings.ToLower(rand.Text()) }
