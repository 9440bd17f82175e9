package tree

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"

	"smalti/pkg/store"
)

// The identity is a file in a directory of its own, because only one of several processes can succeed in
// renaming a directory; see [Tree].
const (
	IdentityDir  = "identity"
	IdentityName = "store.json"
	IdentityPath = IdentityDir + "/" + IdentityName

	maxIdentity = 4 << 10 // bytes
)

// identity is what tells one store from all others.
type identity struct {
	V       int       `json:"v"`
	ID      string    `json:"id"`
	Created time.Time `json:"created"`
}

var identityPattern = regexp.MustCompile(`^[a-z2-7]{20,60}$`)

// Identities is as in [store.Store]. A store without an identity gets one, once: of several that try, one succeeds.
func (s Store) Identities(ctx context.Context) ([]string, error) {
	return s.IdentitiesOr(ctx, strings.ToLower(rand.Text()))
}

// IdentitiesOr is Identities with the name for a store without one.
func (s Store) IdentitiesOr(ctx context.Context, fresh string) ([]string, error) {
	id, err := s.readIdentity(ctx)
	if errors.Is(err, store.ErrNotFound) {
		made := s.makeIdentity(ctx, fresh)
		if id, err = s.readIdentity(ctx); err != nil {
			err = errors.Join(made, err)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("asking the store for its identity: %w", err)
	}
	return []string{id}, nil
}

func (s Store) readIdentity(ctx context.Context) (string, error) {
	r, err := s.tree.Open(ctx, IdentityPath)
	if err != nil {
		return "", err
	}
	data, err := io.ReadAll(io.LimitReader(r, maxIdentity))
	if err := errors.Join(err, r.Close()); err != nil {
		return "", err
	}
	var i identity
	if err := json.Unmarshal(data, &i); err != nil {
		return "", fmt.Errorf("%s is invalid: %w", IdentityPath, err)
	}
	if i.V != 1 || !identityPattern.MatchString(i.ID) {
		return "", fmt.Errorf("%s holds no identity", IdentityPath)
	}
	return i.ID, nil
}

func (s Store) makeIdentity(ctx context.Context, id string) error {
	data, err := json.Marshal(identity{V: 1, ID: id, Created: time.Now().UTC()})
	if err != nil {
		return err
	}
	temp := IdentityDir + "-" + Nonce()
	if err := s.tree.MakeDir(ctx, temp); err != nil {
		return err
	}
	_, err = s.tree.Write(ctx, temp+"/"+IdentityName, func(w io.Writer) error { _, err := w.Write(data); return err })
	if err == nil {
		err = s.tree.Rename(ctx, temp, IdentityDir)
	}
	if err != nil {
		return errors.Join(err, s.tree.RemoveDir(ctx, temp))
	}
	return nil
}
