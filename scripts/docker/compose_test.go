// Package docker tests what docker-compose.yml says; scripts/docker/prove tries it on a real engine.
package docker

import (
	"net/netip"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

type service struct {
	ReadOnly    bool     `yaml:"read_only"`
	CapDrop     []string `yaml:"cap_drop"`
	SecurityOpt []string `yaml:"security_opt"`
	MemLimit    string   `yaml:"mem_limit"`
	SwapLimit   string   `yaml:"memswap_limit"`
	PidsLimit   int      `yaml:"pids_limit"`
	Privileged  bool
	Ports       []string
	Volumes     []string
	NetworkMode string `yaml:"network_mode"`
	Networks    networks
	Environment map[string]string
}

// networks are a service's, with its address on each where it has one of its own.
type networks map[string]string

func (n *networks) UnmarshalYAML(node *yaml.Node) error {
	*n = networks{}
	var names []string
	if node.Decode(&names) == nil {
		for _, name := range names {
			(*n)[name] = ""
		}
		return nil
	}
	var all map[string]struct {
		Address string `yaml:"ipv4_address"`
	}
	if err := node.Decode(&all); err != nil {
		return err
	}
	for name, of := range all {
		(*n)[name] = of.Address
	}
	return nil
}

type network struct {
	Internal bool
	IPAM     struct {
		Config []struct {
			Subnet, Gateway string
			Range           string `yaml:"ip_range"`
		}
	}
}

type composition struct {
	Services map[string]service
	Networks map[string]network
}

// variable is what Compose replaces; here, by its default.
var variable = regexp.MustCompile(`\$\{\w+(?::-([^}]*))?\}`)

func read(t *testing.T) composition {
	t.Helper()
	text, err := os.ReadFile("../../docker-compose.yml")
	if err != nil {
		t.Fatal(err)
	}
	var c composition
	if err := yaml.Unmarshal(variable.ReplaceAll(text, []byte("$1")), &c); err != nil {
		t.Fatal(err)
	}
	if len(c.Services) < 6 {
		t.Fatalf("%d services", len(c.Services))
	}
	return c
}

// A service that is taken over, or that goes wild, has little to work with.
func TestEveryServiceIsConfined(t *testing.T) {
	for name, s := range read(t).Services {
		if !s.ReadOnly || !slices.Equal(s.CapDrop, []string{"ALL"}) || !slices.Contains(s.SecurityOpt, "no-new-privileges:true") || s.Privileged {
			t.Errorf("%s may change its root, or has capabilities", name)
		}
		if s.MemLimit == "" || s.SwapLimit != s.MemLimit || s.PidsLimit == 0 {
			t.Errorf("%s has no limits: memory %q, with swap %q, processes %d", name, s.MemLimit, s.SwapLimit, s.PidsLimit)
		}
	}
}

// Each service has only the passwords that it needs, and workers have none that opens /ops.
func TestEveryServiceHasItsOwnSecrets(t *testing.T) {
	users := map[string][]string{}
	for name, s := range read(t).Services {
		for _, v := range s.Volumes {
			if volume, where, _ := strings.Cut(v, ":"); strings.HasPrefix(volume, "secrets-") && name != "secrets" {
				users[volume] = append(users[volume], name)
				if !strings.HasSuffix(where, ":ro") {
					t.Errorf("%s may change its passwords", name)
				}
			}
		}
	}
	for volume, want := range map[string][]string{
		"secrets-smalti": nil, "secrets-redis": {"redis"}, "secrets-web": {"web", "web2"}, "secrets-worker": {"worker"}, "secrets-prometheus": {"prometheus"},
	} {
		slices.Sort(users[volume])
		if !slices.Equal(users[volume], want) {
			t.Errorf("%s is read by %v, want %v", volume, users[volume], want)
		}
	}
}

// Only the balancer is believed when it says whom it asks for, and nobody else can get its address: not
// another service, and not who comes by a published port, whose address is the network's gateway.
func TestOnlyTheBalancerIsBelieved(t *testing.T) {
	c := read(t)
	front := c.Networks["front"].IPAM.Config
	if len(front) != 1 {
		t.Fatalf("the network of the balancer is %v", front)
	}
	address, err := netip.ParseAddr(c.Services["balancer"].Networks["front"])
	if err != nil {
		t.Fatal(err)
	}
	given, err := netip.ParsePrefix(front[0].Range)
	if err != nil {
		t.Fatal(err)
	}
	if subnet := netip.MustParsePrefix(front[0].Subnet); !subnet.Contains(address) || given.Contains(address) || front[0].Gateway == address.String() {
		t.Errorf("%v is not the balancer's alone in %v, of which %v is given to others", address, subnet, given)
	}
	for name, s := range c.Services {
		if proxies, is := s.Environment["SMALTI_TRUST_PROXY"]; is && proxies != address.String() {
			t.Errorf("%s believes %s, want %v", name, proxies, address)
		}
	}
}

// Redis and the store are reached by those who need them, and Redis reaches nobody.
func TestNetworks(t *testing.T) {
	c := read(t)
	on := map[string][]string{}
	for name, s := range c.Services {
		if len(s.Networks) == 0 && s.NetworkMode != "none" {
			t.Errorf("%s is on a network with everybody", name)
		}
		for n := range s.Networks {
			on[n] = append(on[n], name)
		}
	}
	for n, want := range map[string][]string{
		"front": {"balancer", "prometheus", "web", "web2"}, "back": {"redis", "web", "web2", "worker"}, "out": {"prometheus", "worker"},
	} {
		slices.Sort(on[n])
		if !slices.Equal(on[n], want) {
			t.Errorf("on %s are %v, want %v", n, on[n], want)
		}
	}
	if !c.Networks["back"].Internal || len(c.Services["redis"].Networks) != 1 || len(c.Services["redis"].Ports) > 0 {
		t.Error("Redis can be reached from outside, or reaches it")
	}
}
