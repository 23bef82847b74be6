package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"text/tabwriter"
	"time"

	"eblagh/config"
	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/enrol"
)

// apikeyCommand makes and revokes keys. Whoever has the instance's settings may: so the first admin's key comes to be.
type apikeyCommand struct {
	Create createKey `cmd:"" help:"Make a key and print it, this once."`
	List   listKeys  `cmd:"" help:"List every key made, newest first."`
	Rotate rotateKey `cmd:"" help:"Give a key a new secret and print it, this once."`
	Revoke revokeKey `cmd:"" help:"End a key for good."`
}

type createKey struct {
	Name         string        `required:"" help:"What the key is for, e.g. the system's name."`
	Role         string        `required:"" help:"The role it acts in: court_clerk, office_clerk, operator, auditor or admin."`
	Organisation string        `help:"The id of the branch or office, for roles that belong to one." placeholder:"ID"`
	Scopes       []string      `help:"What it may be used for; default: all that the role can have."`
	Expires      time.Duration `help:"How long it holds, two years at most." default:"8760h"`
}

// Run prints the key on standard output and nothing else there, so that a script can take it.
func (c createKey) Run(ctx context.Context, cli *commands) error {
	n := enrol.NewKey{Name: c.Name, Role: hub.Role(c.Role)}
	for _, s := range c.Scopes {
		n.Scopes = append(n.Scopes, access.Scope(s))
	}
	if c.Organisation != "" {
		id, err := hub.ParseID(c.Organisation)
		if err != nil {
			return fmt.Errorf("--organisation: %w", err)
		}
		n.Organisation = id
	}
	n.ExpiresAt = hub.SystemClock().Add(c.Expires)
	return withDomain(ctx, cli, func(d *domain) error {
		plain, id, err := d.enroller.CreateKey(ctx, n)
		if err != nil {
			return err
		}
		fmt.Println(plain)
		return logLine("the key's id, to revoke it by: " + id.String())
	})
}

type listKeys struct{}

// Run prints a table.
func (listKeys) Run(ctx context.Context, cli *commands) error {
	return withDomain(ctx, cli, func(d *domain) error {
		keys, err := d.enroller.ListKeys(ctx)
		if err != nil {
			return err
		}
		table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
		fmt.Fprintln(table, "ID\tROLE\tORGANISATION\tCREATED\tEXPIRES\tLAST USED\tREVOKED\tOLD SECRET UNTIL\tNAME")
		for _, k := range keys {
			fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", k.ID, k.Role, orDash(k.Organisation.IsZero(), k.Organisation),
				dateOrDash(k.CreatedAt), dateOrDash(k.ExpiresAt), dateOrDash(k.LastUsedAt), dateOrDash(k.RevokedAt),
				dateOrDash(k.OverlapUntil), k.Name)
		}
		return table.Flush()
	})
}

func orDash(none bool, value fmt.Stringer) string {
	if none {
		return "-"
	}
	return value.String()
}

func dateOrDash(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.UTC().Format(time.RFC3339)
}

type rotateKey struct {
	ID      string        `arg:"" help:"The key's id."`
	Overlap time.Duration `help:"How long the secret before still holds; 720h at most, 0: it ends now." default:"168h"`
}

// Run prints the new secret on standard output and nothing else there.
func (c rotateKey) Run(ctx context.Context, cli *commands) error {
	id, err := hub.ParseID(c.ID)
	if err != nil {
		return err
	}
	return withDomain(ctx, cli, func(d *domain) error {
		plain, k, err := d.enroller.RotateAny(ctx, id, c.Overlap)
		if err != nil {
			return err
		}
		fmt.Println(plain)
		return logLine("the key holds until " + dateOrDash(k.ExpiresAt) + ", the secret before until " + dateOrDash(k.OverlapUntil))
	})
}

type revokeKey struct {
	ID string `arg:"" help:"The key's id."`
}

// Run ends the key: every process refuses it from then on.
func (c revokeKey) Run(ctx context.Context, cli *commands) error {
	id, err := hub.ParseID(c.ID)
	if err != nil {
		return err
	}
	return withDomain(ctx, cli, func(d *domain) error { return d.enroller.RevokeKey(ctx, id) })
}

// withDomain opens the domain for one short command.
func withDomain(ctx context.Context, cli *commands, fn func(*domain) error) error {
	c, err := cli.settings(config.Defaults())
	if err != nil {
		return err
	}
	undo := &cleanups{}
	d, err := openDomain(ctx, c, slog.New(slog.DiscardHandler), ports{}, undo)
	if err == nil {
		err = fn(d)
	}
	if stopErr := undo.run(context.WithoutCancel(ctx)); err == nil {
		err = stopErr
	}
	return err
}
