package store

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
)

// The identity is a file in a directory of its own, because only one of several processes can succeed in
// renaming a directory; see tree.rename.
const (
	identityDir  = "identity"
	identityName = "store.json"
	identityPath = identityDir + "/" + identityName

	maxIdentity = 4 << 10 // bytes
)

// identity is what tells one store from all others.
type identity struct {
	V       int       `json:"v"`
	ID      string    `json:"id"`
	Created time.Time `json:"created"`
}

var identityPattern = regexp.MustCompile(`^[a-z2-7]{20,60}$`)

// Identities is as in [Store]. A store without an identity gets one, once: of several that try, one succeeds.
func (s treeStore) Identities(ctx context.Context) ([]string, error) {
	return s.identities(ctx, strings.ToLower(rand.Text()))
}

// identities is Identities with the name for a store without one.
func (s treeStore) identities(ctx context.Context, fresh string) ([]string, error) {
	id, err := s.readIdentity(ctx)
	if errors.Is(err, ErrNotFound) {
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

func (s treeStore) readIdentity(ctx context.Context) (string, error) {
	r, err := s.tree.open(ctx, identityPath)
	if err != nil {
		return "", err
	}
	data, err := io.ReadAll(io.LimitReader(r, maxIdentity))
	if err := errors.Join(err, r.Close()); err != nil {
		return "", err
	}
	var i identity
	if err := json.Unmarshal(data, &i); err != nil {
		return "", fmt.Errorf("%s is invalid: %w", identityPath, err)
	}
	if i.V != 1 || !identityPattern.MatchString(i.ID) {
		return "", fmt.Errorf("%s holds no identity", identityPath)
	}
	return i.ID, nil
}

// Identities is as in [Store]. If the directory is lost and comes back without an identity while this process
// runs, it is still the same store.
func (d *Dir) Identities(ctx context.Context) ([]string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.known == "" {
		d.known = strings.ToLower(rand.Text())
	}
	ids, err := d.identities(ctx, d.known)
	if err == nil {
		d.known = ids[0]
	}
	return ids, err
}

func (s treeStore) makeIdentity(ctx context.Context, id string) error {
	data, err := json.Marshal(identity{V: 1, ID: id, Created: time.Now().UTC()})
	if err != nil {
		return err
	}
	temp := identityDir + "-" + nonce()
	if err := s.tree.makeDir(ctx, temp); err != nil {
		return err
	}
	_, err = s.tree.write(ctx, temp+"/"+identityName, func(w io.Writer) error { _, err := w.Write(data); return err })
	if err == nil {
		err = s.tree.rename(ctx, temp, identityDir)
	}
	if err != nil {
		return errors.Join(err, s.tree.removeDir(ctx, temp))
	}
	return nil
}

// Identities are those of both stores, or of the one that is available.
func (p *Pair) Identities(ctx context.Context) (all []string, err error) {
	var errs []error
	for i, s := range p.stores {
		ids, err := s.Identities(ctx)
		p.note(ctx, i, err)
		all, errs = append(all, ids...), append(errs, err)
	}
	if len(all) > 0 {
		return all, nil
	}
	return nil, errors.Join(errs...)
}
