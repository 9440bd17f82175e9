package main

import (
	"errors"
	"fmt"
	"net/mail"
	"net/url"
	"strings"

	"smalti/pkg/config"
	"smalti/pkg/friends"
)

// defineNetworks adds the flags for asking the networks for friends.
func defineNetworks(s *config.Set, c *friends.Config) {
	s.Group("Other servers")
	s.StringVar(&c.Contact, "contact", "", "`address` of a page or of mail by which other servers can reach whoever runs this one; they are told it with every request")
	githubToken := s.Secret("github-token", "`file` with a token for GitHub, which then answers 5,000 requests an hour instead of 60")
	tokens := s.Secret("tokens", "`file` with tokens for servers that want one (GoToSocial, Forgejo, GitLab and others), a line for each: https://host token")
	s.Check(func() (err error) {
		c.Tokens, err = readTokens(*githubToken, *tokens)
		return err
	})
	s.Check(func() error { return checkContact(c.Contact) })
}

// readTokens collects what servers want to be shown, by their origin. A mistake names its line and
// never quotes it.
func readTokens(github, lines string) (map[string]string, error) {
	tokens := map[string]string{}
	if github != "" {
		tokens["https://api.github.com"] = github
	}
	if strings.ContainsAny(github, " \t\r\n") {
		return nil, errors.New("-github-token-file: a token is one word")
	}
	number := 0
	for line := range strings.Lines(lines) {
		number++
		words := strings.Fields(line)
		if len(words) == 0 || strings.HasPrefix(words[0], "#") {
			continue
		}
		u, err := url.Parse(words[0])
		if len(words) != 2 || err != nil || u.Host == "" || u.User != nil || strings.Trim(u.Path, "/") != "" || u.Scheme != "https" && u.Scheme != "http" {
			return nil, fmt.Errorf("-tokens-file: line %d is not of the form https://host token", number)
		}
		tokens[u.Scheme+"://"+strings.ToLower(u.Host)] = words[1]
	}
	return tokens, nil
}

// checkContact accepts what an operator of another server can do something with.
func checkContact(s string) error {
	if s == "" {
		return nil
	}
	u, err := url.Parse(s)
	isPage := err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != ""
	address, err := mail.ParseAddress(strings.TrimPrefix(s, "mailto:"))
	isMail := err == nil && address.Name == ""
	if !isPage && !isMail || strings.ContainsAny(s, "()<> \t") {
		return fmt.Errorf("-contact: %q is neither the address of a page nor of mail", s)
	}
	return nil
}
