package main

import (
	"fmt"
	"time"

	"eblagh/hub/enrol"
)

// totpCommand stands in for an authenticator program: the demo's staff have their secrets in dev.json.
type totpCommand struct {
	Secret string `arg:"" help:"The secret in base32: totp_secret of a person in dev.json."`
}

// Run prints the code of this moment.
func (t totpCommand) Run() error {
	code, err := enrol.FactorCode(t.Secret, time.Now())
	if err != nil {
		return err
	}
	fmt.Println(code)
	return nil
}
