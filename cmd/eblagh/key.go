package main

import (
	"fmt"
	"os"

	"eblagh/config"
	"eblagh/hub/seal"
)

// keyCommand keeps the log's keys. Changes take effect at the next start of the processes that seal, each of which needs
// the same file.
type keyCommand struct {
	Show   keyShowCommand   `cmd:"" help:"Print the log's public keys, newest first."`
	Rotate keyRotateCommand `cmd:"" help:"Add a new key, which signs beside the old one from the next start on."`
	Retire keyRetireCommand `cmd:"" help:"Retire the oldest key: what it signed stays valid, it signs no more."`
}

type (
	keyShowCommand   struct{}
	keyRotateCommand struct{}
	keyRetireCommand struct{}
)

// Run prints the keys that a verifier needs.
func (keyShowCommand) Run(cli *commands) error {
	c, err := cli.settings(config.Defaults())
	if err != nil {
		return err
	}
	return showKeys(c)
}

// Run adds a key.
func (keyRotateCommand) Run(cli *commands) error { return changeKeys(cli, seal.Rotate) }

// Run retires a key.
func (keyRetireCommand) Run(cli *commands) error { return changeKeys(cli, seal.Retire) }

func changeKeys(cli *commands, change func(path string) error) error {
	c, err := cli.settings(config.Defaults())
	if err != nil {
		return err
	}
	if err := change(c.Ledger.KeyFile); err != nil {
		return err
	}
	return showKeys(c)
}

func showKeys(c config.Config) error {
	keys, err := seal.OpenKeys(c.Ledger.KeyFile)
	if err != nil {
		return err
	}
	signers, retired, err := keys.Signers(c.LogOrigin())
	if err != nil {
		return err
	}
	for _, s := range signers {
		fmt.Fprintln(os.Stdout, s.VerifierKey())
	}
	for _, key := range retired {
		fmt.Fprintln(os.Stdout, key, "retired")
	}
	return nil
}
