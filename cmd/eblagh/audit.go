package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"eblagh/config"
	"eblagh/hub/audit"
	"eblagh/hub/ledger"
)

// auditCommand holds the whole database against the signed log. It only reads, beside the running hub.
type auditCommand struct {
	Key        []string      `help:"The log's public key, or a file that holds it; also those that were retired. Default: those of ledger.key_file." placeholder:"PUBKEY"`
	Checkpoint []string      `help:"A checkpoint that was kept outside the database." type:"existingfile" sep:"none" placeholder:"FILE"`
	State      string        `help:"Where to keep how far it got: a stopped audit goes on from there, and the next one holds the log against this one's checkpoint." placeholder:"FILE"`
	From       int64         `help:"The first entry of the log to look at; what is before is taken from the tiles." placeholder:"INDEX"`
	Limit      time.Duration `help:"How long a receipt may wait to be sealed." default:"10s"`
	JSON       bool          `name:"json" help:"Print the report as JSON."`
	Quiet      bool          `help:"Tell no progress."`
}

// The exit codes of audit beside 0: nothing is wrong.
const (
	exitFaults      exitCode = 1 // something is wrong, and named
	exitUnaudited   exitCode = 2 // it could not be done: settings, database, key
	exitInterrupted exitCode = 3 // it was stopped; with --state it goes on from there
)

// Run tells each finding as it is found, and a summary.
func (c auditCommand) Run(ctx context.Context, cli *commands) error {
	var report audit.Report
	err := withDomain(ctx, cli, func(d *domain) error {
		o, err := c.options(ctx, cli, d)
		if err == nil {
			report, err = audit.Run(ctx, o)
		}
		return err
	})
	switch {
	case err != nil && ctx.Err() != nil:
		fmt.Fprintln(os.Stderr, "eblagh: the audit was stopped")
		return exitInterrupted
	case err != nil:
		fmt.Fprintln(os.Stderr, "eblagh:", err)
		return exitUnaudited
	}
	if err := c.write(os.Stdout, report); err != nil {
		return err
	}
	if report.Faults > 0 {
		return exitFaults
	}
	return nil
}

func (c auditCommand) options(ctx context.Context, cli *commands, d *domain) (audit.Options, error) {
	o := audit.Options{Store: d.db.Audit(), Vault: d.vault, Bytes: d.intake, Limit: c.Limit, From: c.From}
	var err error
	if o.Keys, err = c.keys(ctx, cli, d); err != nil {
		return o, err
	}
	for _, path := range c.Checkpoint {
		text, err := readInput(path, 1<<16)
		if err != nil {
			return o, err
		}
		if _, err := ledger.OpenCheckpoint(string(text), o.Keys); err != nil {
			return o, fmt.Errorf("--checkpoint %s: %w", path, err)
		}
		o.Held = append(o.Held, string(text))
	}
	if c.State != "" {
		if o.State, err = readState(c.State); err != nil {
			return o, fmt.Errorf("--state: %w", err)
		}
		o.Save = func(s audit.State) error { return writeState(c.State, s) }
	}
	if !c.JSON {
		o.Found = func(f audit.Finding) { fmt.Println(f) }
	}
	if !c.Quiet {
		o.Progress = progress(os.Stderr)
	}
	return o, nil
}

// keys are those given, or those of the key file. What the database says of its own keys is not believed.
func (c auditCommand) keys(ctx context.Context, cli *commands, d *domain) (ledger.Keys, error) {
	if len(c.Key) > 0 {
		return readKeys(c.Key)
	}
	settings, err := cli.settings(config.Defaults())
	if err != nil {
		return ledger.Keys{}, err
	}
	if _, err := os.Stat(settings.Ledger.KeyFile); err != nil {
		return ledger.Keys{}, fmt.Errorf("--key is needed where ledger.key_file is not: %w", err)
	}
	return proof{d.db, settings}.keys(ctx)
}

// write prints the summary; the findings themselves were told, unless it is JSON.
func (c auditCommand) write(out io.Writer, r audit.Report) error {
	if c.JSON {
		encoder := json.NewEncoder(out)
		encoder.SetIndent("", "  ")
		return encoder.Encode(r)
	}
	if r.Faults == 0 {
		fmt.Fprint(out, "nothing is wrong: ")
	} else {
		fmt.Fprintf(out, "%d things are wrong: ", r.Faults)
	}
	_, err := fmt.Fprintf(out, "%d entries, %d receipts, %d arrivals, %d openings, %d notices, %d documents, %d certificates, %d hours of the trail; %d changes without an end, %d notices in all beside\nas of\n%s",
		r.Looked[audit.PhaseLog], r.Looked[audit.PhaseReceipts], r.Looked[audit.PhaseArrivals], r.Looked[audit.PhaseOpenings],
		r.Looked[audit.PhaseNotices], r.Looked[audit.PhaseDocuments], r.Looked[audit.PhaseCertificates], r.Looked[audit.PhaseTrail],
		r.ByKind[audit.TrailUnended], r.Notices, r.Checkpoint)
	return err
}

// readState gives the state of an audit before, or the beginning of the first.
func readState(path string) (s audit.State, err error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err == nil {
		err = json.Unmarshal(text, &s)
	}
	return s, err
}

func writeState(path string, s audit.State) error {
	text, err := json.Marshal(s)
	if err != nil {
		return err
	}
	return replace(path, text)
}

// progressEvery keeps a terminal readable.
const progressEvery = 2 * time.Second

func progress(out io.Writer) func(audit.Phase, int64, int64) {
	var told time.Time
	var phase audit.Phase
	return func(p audit.Phase, done, total int64) {
		now := time.Now()
		if p == phase && now.Sub(told) < progressEvery && (total == 0 || done < total) {
			return
		}
		told, phase = now, p
		if total > 0 {
			fmt.Fprintf(out, "%-12s %d of %d\n", p, done, total)
			return
		}
		fmt.Fprintf(out, "%-12s %d\n", p, done)
	}
}
