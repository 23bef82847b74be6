package main

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"text/tabwriter"

	"eblagh/config"
	"eblagh/hub"
	"eblagh/hub/document"
	"eblagh/hub/retention"
)

// retentionCommand deletes the bytes of documents where a law says so. Digests, receipts and proofs stay. Whoever has
// the instance's settings may; each erasure leaves a receipt in the log.
type retentionCommand struct {
	Erase eraseDocuments `cmd:"" help:"Delete the bytes of documents for good; their digests and receipts stay."`
	List  listErasures   `cmd:"" help:"List what was erased."`
	Due   dueErasures    `cmd:"" help:"List the documents that the settings have erased next, and erase nothing."`
	Run   runErasures    `cmd:"" help:"Erase now what the settings say; the workers do so every hour."`
	Kinds listKinds      `cmd:"" help:"List the kinds of case, which of them are restricted, and how long their papers are kept."`
}

type (
	dueErasures struct{}
	runErasures struct{}
	listKinds   struct{}
)

// Run prints a line for each document.
func (dueErasures) Run(ctx context.Context, cli *commands) error {
	return withDomain(ctx, cli, func(d *domain) error {
		return d.retention.Due(ctx, func(p retention.Period, q retention.Quiet) error {
			fmt.Println(q.Document, p.Kind, q.Case)
			return nil
		})
	})
}

// Run erases and says how much.
func (runErasures) Run(ctx context.Context, cli *commands) error {
	return withDomain(ctx, cli, func(d *domain) error {
		done, err := d.retention.Run(ctx)
		fmt.Printf("erased: %d documents (%d held meanwhile), %d contacts, %d codes\n", done.Documents, done.Held, done.Contacts, done.Codes)
		return err
	})
}

// Run prints a table.
func (listKinds) Run(cli *commands) error {
	c, err := cli.settings(config.Defaults())
	if err != nil {
		return err
	}
	book, err := retention.Load(config.Cases())
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "KIND\tNAME\tRESTRICTED\tKEPT\tBASIS")
	for _, k := range book.Kinds() {
		kept, basis := "for ever", "no legal basis known; set by operator"
		for _, p := range c.Retention.Cases {
			if p.Kind == k.Name {
				kept, basis = fmt.Sprintf("%d days", p.Days), p.Basis
			}
		}
		fmt.Fprintf(table, "%s\t%s\t%v\t%s\t%s\n", k.Name, k.Names["en"], k.Restricted, kept, basis)
	}
	return table.Flush()
}

func retentionPlan(c config.Retention) retention.Plan {
	plan := retention.Plan{Contacts: c.Contacts, Codes: c.Codes}
	for _, p := range c.Cases {
		plan.Cases = append(plan.Cases, retention.Period(p))
	}
	return plan
}

// eraseBy erases a document because its time is over.
func (d *domain) eraseBy(ctx context.Context, id hub.ID, basis string) error {
	_, err := d.intake.Erase(ctx, document.Erasure{Document: id, Basis: basis, Actor: hub.Actor{Kind: hub.ActorSystem}})
	return err
}

// caseBook tells the intake of papers which kinds of case there are.
type caseBook struct{ book *retention.Book }

// Kind implements dispatch.CaseKinds.
func (b caseBook) Kind(name string) (restricted, known bool) {
	k, known := b.book.Kind(name)
	return k.Restricted, known
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
