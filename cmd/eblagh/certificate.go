package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"eblagh/config"
	"eblagh/hub"
	"eblagh/hub/certificate"
	"eblagh/hub/ledger"
	"eblagh/hub/postgres"
	"eblagh/hub/rules"
	"eblagh/hub/seal"
	"eblagh/hub/typeset"
)

// proof is the log's public side, for certificates and for the page where evidence is checked.
type proof struct {
	db     *postgres.DB
	config config.Config
}

// LogKeys gives the log's public keys, newest first: of the key file where this process has it, else those that the log
// itself names.
func (p proof) LogKeys(ctx context.Context) ([]string, error) {
	file, err := seal.OpenKeys(p.config.Ledger.KeyFile)
	if errors.Is(err, fs.ErrNotExist) {
		return p.named(ctx)
	}
	if err != nil {
		return nil, err
	}
	signers, retired, err := file.Signers(p.config.LogOrigin())
	if err != nil {
		return nil, err
	}
	var keys []string
	for _, s := range signers {
		keys = append(keys, s.VerifierKey())
	}
	return append(keys, retired...), nil
}

func (p proof) named(ctx context.Context) ([]string, error) {
	changes, err := p.db.Log().Keys(ctx)
	if err != nil {
		return nil, err
	}
	var keys []string
	for _, c := range changes {
		if !c.Retire {
			keys = append([]string{c.Key}, keys...)
		}
	}
	return keys, nil
}

func (p proof) keys(ctx context.Context) (ledger.Keys, error) {
	texts, err := p.LogKeys(ctx)
	if err == nil && len(texts) == 0 {
		err = hub.Refuse(hub.CodeOverloaded, "nothing is sealed yet; try again in a moment")
	}
	if err != nil {
		return ledger.Keys{}, err
	}
	return ledger.ParseKeys(texts...)
}

// Issued implements web.Proof.
func (p proof) Issued(ctx context.Context, id string) (time.Time, error) {
	kept, err := p.db.Certificate(ctx, id)
	return kept.IssuedAt, err
}

// certificates makes what issues certificates of service.
func (a *App) certificates() (*certificate.Issuer, error) {
	c, d := a.o.Config, a.domain
	fonts, err := typeset.LoadFonts()
	if err != nil {
		return nil, err
	}
	key, err := certificate.OpenKey(c.Certificate.KeyFile, c.Certificate.CertFile, "Eblagh "+c.LogOrigin(), hub.SystemClock())
	if err != nil {
		return nil, fmt.Errorf("certificate: %w", err)
	}
	verify := ""
	switch {
	case c.PublicURL != "":
		verify = strings.TrimSuffix(c.PublicURL, "/") + "/verify"
	case a.o.Development && a.o.Listener != nil:
		verify = "http://" + a.o.Listener.Addr().String() + "/verify"
	}
	return certificate.New(certificate.Options{
		Papers: d.reader, Store: d.db, Vault: d.vault, Keys: proof{d.db, c}.keys, Book: d.book, Profile: rules.Iran,
		Fonts: fonts, Key: key, Clock: hub.SystemClock, Verify: verify, Test: c.Mode == "test",
	}), nil
}
