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
		&mastodon{shared}, &bluesky{shared, c.Bluesky}, &github{shared, c.GitHub}, newForgejo(shared), newGitLab(shared), Demo{},
	}
}

// CDNs are the hosts that the networks serve everybody's pictures from, or answer everybody's questions
// at. They are made for far more than we could ask.
var CDNs = []string{
	"cdn.bsky.app", "public.api.bsky.app", "avatars.githubusercontent.com", "api.github.com",
	"secure.gravatar.com", "www.gravatar.com", "cdn.masto.host",
}
