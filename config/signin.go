package config

import (
	"fmt"
	"net/url"
	"strings"
)

// SignIn bounds guessing over many persons, and says how staff may sign in besides the way that is everybody's.
type SignIn struct {
	// StrangeTries in an hour, over all persons, from devices that they did not sign in from before, are taken for
	// mistyping; beyond that each address gets less, and nobody is refused for what others try.
	StrangeTries int  `yaml:"strange_tries"`
	OIDC         OIDC `yaml:"oidc"`
}

// OIDC is an identity provider outside, by OpenID Connect, that stands for the first factor of staff. Without an issuer
// there is none. It leads people back to public_url and /sign-in/outside/back, which the provider has to know.
type OIDC struct {
	Issuer           string `yaml:"issuer"` // exactly as its tokens say it
	ClientID         string `yaml:"client_id"`
	ClientSecret     Secret `yaml:"client_secret"`
	ClientSecretFile string `yaml:"client_secret_file"`
	NameFa           string `yaml:"name_fa"` // what people call it, on the button
	NameEn           string `yaml:"name_en"`
}

// What a text has at most.
const (
	longestIssuer       = 500
	longestProviderName = 60
)

func (c *Config) checkSignIn(p *problems) {
	o := c.SignIn.OIDC
	if o == (OIDC{}) {
		return
	}
	const key = "sign_in.oidc."
	checkIssuer(key+"issuer", o.Issuer, c.Mode, p)
	if o.ClientID == "" {
		p.add(key+"client_id", `""`, "the provider knows this instance by it")
	}
	if o.ClientSecret == "" {
		p.add(key+"client_secret_file", fmt.Sprintf("%q", o.ClientSecretFile), "the provider believes this instance by what stands in it")
	}
	for name, value := range map[string]string{"name_fa": o.NameFa, "name_en": o.NameEn} {
		if strings.TrimSpace(value) == "" || len([]rune(value)) > longestProviderName {
			p.add(key+name, fmt.Sprintf("%q", value), fmt.Sprintf("must be what people call the provider, in at most %d characters", longestProviderName))
		}
	}
	if c.PublicURL == "" {
		p.add("public_url", `""`, "the provider of sign_in.oidc leads people back there")
	}
}

func checkIssuer(key, value, mode string, p *problems) {
	u, err := url.Parse(value)
	switch {
	case err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https"):
		p.add(key, fmt.Sprintf("%q", value), "must be https://host…, as the provider's tokens say it")
	case u.User != nil || strings.ContainsAny(value, "?#") || len(value) > longestIssuer:
		p.add(key, "?", "must have neither a name nor a query in it, and at most 500 characters")
	case mode == "live" && u.Scheme != "https":
		p.add(key, fmt.Sprintf("%q", value), "a live instance believes a provider over https only")
	}
}
