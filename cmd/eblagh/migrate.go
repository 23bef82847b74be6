package main

import (
	"context"
	"errors"
	"fmt"

	"eblagh/config"
	"eblagh/hub/postgres"
)

var errNoDatabase = errors.New("database.url is not set: where is Postgres?")

type migrateCommand struct{}

// Run migrates as the owner. It may run again at any time, and beside the hub.
func (migrateCommand) Run(ctx context.Context, cli *commands) error {
	c, err := cli.settings(config.Defaults())
	if err != nil {
		return err
	}
	if c.Database.MigrationURL() == "" {
		return errNoDatabase
	}
	if err := postgres.Migrate(ctx, c.Database.MigrationURL().Reveal(), c.Mode); err != nil {
		return err
	}
	fmt.Println("the schema is up to date; the instance is", c.Mode)
	return nil
}
