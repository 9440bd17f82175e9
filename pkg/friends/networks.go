package friends

// Networks are the sources that can be asked, and the demo.
func Networks(c Config) []Source {
	if c.GitHub == "" {
		c.GitHub = "https://api.github.com"
	}
	if c.Bluesky == "" {
		c.Bluesky = "https://public.api.bsky.app"
	}
	shared := newClient(c)
	return []Source{
		&Mastodon{shared}, &Bluesky{shared, c.Bluesky}, &GitHub{shared, c.GitHub}, newForgejo(shared), newGitLab(shared), Demo{},
	}
}
