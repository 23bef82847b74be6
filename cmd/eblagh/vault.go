package main

import (
	"context"
	"fmt"
	"os"
	"text/tabwriter"

	"eblagh/hub/rekey"
	"eblagh/hub/vault"
)

// vaultCommand changes the vault's keys while the hub runs. Running processes take the key file and the database's word on
// it up by themselves, within seconds.
type vaultCommand struct {
	Rotate  vaultRotateCommand  `cmd:"" help:"Add new keys to the key file. Then bring the file to every machine."`
	Promote vaultPromoteCommand `cmd:"" help:"Make the new keys the primary ones, once every process holds them."`
	Status  vaultStatusCommand  `cmd:"" help:"Print the keys, who holds them, and how far the rewriting has come."`
	Finish  vaultFinishCommand  `cmd:"" help:"Remove the old keys, once nothing uses them any more."`
}

type (
	vaultRotateCommand  struct{}
	vaultPromoteCommand struct{}
	vaultStatusCommand  struct{}
	vaultFinishCommand  struct{}
)

// Run adds keys and says what to do next.
func (vaultRotateCommand) Run(ctx context.Context, cli *commands) error {
	return withDomain(ctx, cli, func(d *domain) error {
		keys, err := d.keeper.Rotate(ctx)
		if err != nil {
			return err
		}
		for _, k := range keys {
			fmt.Println(k, "is coming")
		}
		return logLine("bring the key file to every machine, keep a copy of it, then: eblagh vault promote")
	})
}

// Run changes over.
func (vaultPromoteCommand) Run(ctx context.Context, cli *commands) error {
	return withDomain(ctx, cli, func(d *domain) error {
		if err := d.keeper.Promote(ctx); err != nil {
			return err
		}
		return logLine("the new keys are primary; the workers rewrite what is there: eblagh vault status, then eblagh vault finish")
	})
}

// Run removes what nothing uses.
func (vaultFinishCommand) Run(ctx context.Context, cli *commands) error {
	return withDomain(ctx, cli, func(d *domain) error {
		gone, err := d.keeper.Finish(ctx)
		if err != nil {
			return err
		}
		for _, k := range gone {
			fmt.Println(k, "is removed")
		}
		return logLine("bring the key file to every machine; keep the former one for as long as there are backups of the database from before")
	})
}

// Run prints tables.
func (vaultStatusCommand) Run(ctx context.Context, cli *commands) error {
	return withDomain(ctx, cli, func(d *domain) error {
		s, err := d.keeper.Status(ctx)
		if err != nil {
			return err
		}
		return printStanding(s)
	})
}

func printStanding(s rekey.Standing) error {
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "KEY\tSTATE\tFINGERPRINT\tSTILL NEEDED BY")
	for _, k := range s.Keys {
		needed := ""
		for _, u := range s.Uses[k.String()] {
			needed += fmt.Sprintf("%s (%d) ", u.Name, u.Rows)
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", k.Key, k.State, k.FingerprintText(), needed)
	}
	fmt.Fprintln(table, "\nPROCESS\tSEALS WITH\tLACKS")
	for _, n := range s.Nodes {
		lacks := ""
		for _, k := range s.Keys {
			if k.State != vault.KeyRetired && !n.Holds(k.Key) {
				lacks += k.Key.String() + " "
			}
		}
		fmt.Fprintf(table, "%s\t%08x\t%s\n", n.Name, n.Primary, lacks)
	}
	fmt.Fprintln(table, "\nTABLE\tREWRITTEN\tDO NOT OPEN\tDONE")
	for _, p := range s.Progress {
		fmt.Fprintf(table, "%s\t%d\t%d %s\t%s\n", p.Name, p.Rows, p.Failed, p.FirstFailed, dateOrDash(p.DoneAt))
	}
	return table.Flush()
}

// processName tells the processes of an instance apart for operators.
func processName() string {
	host, err := os.Hostname()
	if err != nil {
		host = "?"
	}
	return fmt.Sprintf("%.150s:%d", host, os.Getpid())
}
