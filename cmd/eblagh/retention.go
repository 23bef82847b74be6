package main

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"text/tabwriter"

	"eblagh/hub"
	"eblagh/hub/document"
)

// retentionCommand deletes the bytes of documents where a law says so. Digests, receipts and proofs stay. Whoever has
// the instance's settings may; each erasure leaves a receipt in the log.
type retentionCommand struct {
	Erase eraseDocuments `cmd:"" help:"Delete the bytes of documents for good; their digests and receipts stay."`
	List  listErasures   `cmd:"" help:"List what was erased."`
}

type eraseDocuments struct {
	Documents []string `arg:"" help:"The ids of the documents." placeholder:"ID"`
	Basis     string   `required:"" help:"The norm or decision, in one line; nothing about the people concerned."`
}

// Run erases one after the other, and goes on where one cannot be.
func (c eraseDocuments) Run(ctx context.Context, cli *commands) error {
	ids := make([]hub.ID, len(c.Documents))
	for i, text := range c.Documents {
		var err error
		if ids[i], err = hub.ParseID(text); err != nil {
			return fmt.Errorf("document %d: %w", i+1, err)
		}
	}
	return withDomain(ctx, cli, func(d *domain) error {
		var failed []error
		for _, id := range ids {
			notices, err := d.intake.Erase(ctx, document.Erasure{Document: id, Basis: c.Basis, Actor: hub.Actor{Kind: hub.ActorSystem}})
			if err != nil {
				failed = append(failed, fmt.Errorf("%s: %w", id, err))
				continue
			}
			fmt.Printf("%s is erased; %d notices carry it\n", id, notices)
		}
		return errors.Join(failed...)
	})
}

type listErasures struct{}

// erasuresStep is how many are read at once.
const erasuresStep = 500

// Run prints a table.
func (listErasures) Run(ctx context.Context, cli *commands) error {
	return withDomain(ctx, cli, func(d *domain) error {
		table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
		fmt.Fprintln(table, "DOCUMENT\tSHA-256\tBYTES\tERASED\tBASIS")
		for after := (hub.ID{}); ; {
			erased, err := d.db.Erasures(ctx, after, erasuresStep)
			if err != nil {
				return err
			}
			for _, e := range erased {
				fmt.Fprintf(table, "%s\t%s\t%d\t%s\t%s\n", e.Document, hex.EncodeToString(e.SHA256), e.Size, dateOrDash(e.ErasedAt), e.Basis)
				after = e.Document
			}
			if len(erased) < erasuresStep {
				return table.Flush()
			}
		}
	})
}
