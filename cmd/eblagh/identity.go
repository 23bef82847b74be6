package main

import (
	"strings"

	oidc "eblagh/api/signin/outside"
	"eblagh/api/web"
	"eblagh/hub"
)

// identityProvider is the one of the settings, nil for none. It calls nobody yet.
func (a *App) identityProvider() web.Outside {
	c := a.o.Config.SignIn.OIDC
	if c.Issuer == "" {
		return nil
	}
	return oidc.New(oidc.Options{Issuer: c.Issuer, ClientID: c.ClientID, ClientSecret: c.ClientSecret.Reveal(),
		ReturnTo: strings.TrimSuffix(a.o.Config.PublicURL, "/") + oidc.Path, Names: map[string]string{"fa": c.NameFa, "en": c.NameEn},
		Vault: a.domain.vault, Nonces: a.domain.db, Clock: hub.SystemClock, Logger: a.log})
}
