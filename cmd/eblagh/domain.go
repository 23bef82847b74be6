package main

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"time"

	"eblagh/config"
	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/dispatch"
	"eblagh/hub/document"
	"eblagh/hub/enrol"
	"eblagh/hub/ladder"
	"eblagh/hub/postgres"
	"eblagh/hub/reading"
	"eblagh/hub/rekey"
	"eblagh/hub/retention"
	"eblagh/hub/rules"
	"eblagh/hub/seal"
	"eblagh/hub/vault"
)

// domain is the hub without its doors: what every command and part works with.
type domain struct {
	db         *postgres.DB
	vault      *vault.Vault
	keeper     *rekey.Keeper
	retention  *retention.Keeper
	enroller   *enrol.Enroller
	intake     *document.Intake
	book       *rules.Book
	reader     *reading.Reader
	ladder     *ladder.Ladder
	dispatcher *dispatch.Dispatcher
	gate       *seal.Gate
}

// ports are what the domain tells the outside world through. Zero ones are silent.
type ports struct {
	pick   dispatch.Pick
	asked  map[string]dispatch.Querier
	nudger dispatch.Nudger
	waker  dispatch.Waker
	room   dispatch.Room // nil: there is always room
	meter  dispatch.Meter
	climbs ladder.Meter

	told      func(context.Context, string) // of each statement to the database; nil: nobody is
	access    access.Port                   // nil: the policy decides
	providers func() []hub.ProviderState    // nil: this process sends no texts
	ended     func(people ...hub.ID)        // nil: nobody need be told
	besieged  func()                        // of each try that is counted narrowly; nil: nobody is told
}

// openDomain connects to the database and wires the domain packages over it.
func openDomain(ctx context.Context, c config.Config, log *slog.Logger, outside ports, undo *cleanups) (*domain, error) {
	if c.Database.URL == "" {
		return nil, errNoDatabase
	}
	d := &domain{}
	var err error
	d.db, err = postgres.Open(ctx, postgres.Options{URL: c.Database.URL.Reveal(),
		AppConns: int32(c.Database.AppConns), WorkerConns: int32(c.Database.WorkerConns), Statements: outside.told})
	if err != nil {
		return nil, fmt.Errorf("database: %w", err)
	}
	undo.add("database", func(context.Context) error { d.db.Close(); return nil })
	if err := d.db.CheckMode(ctx, c.Mode); err != nil {
		return nil, err
	}
	if d.vault, err = vault.OpenOrCreate(c.Vault.KeyFile); err != nil {
		return nil, err
	}
	if err := d.db.BindVault(ctx, d.vault.Fingerprint()); err != nil {
		return nil, fmt.Errorf("vault.key_file: %w", err)
	}
	d.keeper = rekey.New(rekey.Options{Store: d.db, Vault: d.vault, Path: c.Vault.KeyFile, Name: processName(),
		Clock: hub.SystemClock, Logger: log})
	if err := d.keeper.Load(ctx); err != nil {
		return nil, fmt.Errorf("vault.key_file: %w", err)
	}
	if d.book, err = rules.Load(config.Rules()); err != nil {
		return nil, fmt.Errorf("service rules: %w", err)
	}
	wake := func() {}
	if outside.waker != nil {
		wake = outside.waker.Wake
	}
	d.enroller, err = enrol.New(enrol.Options{Store: d.db, Vault: d.vault, Clock: hub.SystemClock, Logger: log,
		Mode: c.Mode, Issuer: c.SignIn.OIDC.Issuer, StrangeTries: c.SignIn.StrangeTries, Besieged: outside.besieged, Access: outside.access, Wake: wake,
		Ended: outside.ended})
	if err != nil {
		return nil, err
	}
	return d, d.addPapers(c, log, outside)
}

// addPapers wires what takes papers in, moves and shows them.
func (d *domain) addPapers(c config.Config, log *slog.Logger, outside ports) error {
	openings, err := reading.LoadOpenings(config.Messages())
	if err != nil {
		return fmt.Errorf("texts: %w", err)
	}
	cases, err := retention.Load(config.Cases())
	if err != nil {
		return err
	}
	d.intake = document.New(document.Options{Store: d.db, Blobs: d.db, Vault: d.vault, Clock: hub.SystemClock})
	d.reader = reading.New(reading.Options{Store: d.db, Vault: d.vault, Bytes: d.intake, Book: d.book,
		Openings: openings, Clock: hub.SystemClock, Providers: outside.providers,
		Tries: func(lane hub.Lane) int { return d.dispatcher.Tries(lane) }})
	if d.retention, err = retention.New(retention.Options{Store: d.db, Book: cases, Plan: retentionPlan(c.Retention),
		Erase: d.eraseBy, Clock: hub.SystemClock, Logger: log}); err != nil {
		return err
	}
	if err := d.addLadder(c, outside); err != nil {
		return err
	}
	opening, err := openingRule(c.Opening)
	if err != nil {
		return err
	}
	d.gate = seal.NewGate(d.db.Log(), c.Ledger.Within, hub.SystemClock)
	d.dispatcher, err = dispatch.New(dispatch.Options{
		Store: d.db, Vault: d.vault, Messages: config.Messages(), Pick: outside.pick,
		Providers: providerNames(c.SMS), Queriers: outside.asked,
		Nudger: outside.nudger, Waker: outside.waker, Ladder: d.ladder, Gate: d.gate, Room: outside.room, Cases: caseBook{cases},
		Clock: hub.SystemClock, Opening: opening, Logger: log, Meter: outside.meter, Plan: planOf(c.Delivery),
		Queued: c.Delivery.Arrival == "queued",
	})
	return err
}

// addLadder wires what informs people who do not open what has arrived.
func (d *domain) addLadder(c config.Config, outside ports) error {
	book, err := ladder.Load(config.Ladders())
	if err != nil {
		return err
	}
	wake := func() {}
	if outside.waker != nil {
		wake = outside.waker.Wake
	}
	d.ladder, err = ladder.New(ladder.Options{Store: d.db, Vault: d.vault, Book: book, Clock: hub.SystemClock,
		Day: c.Delivery.LadderDay, Wake: wake, Meter: outside.climbs})
	return err
}

// openingRule says before which papers one proves again who one is. Errors: there is no such kind of paper.
func openingRule(c config.Opening) (dispatch.OpeningRule, error) {
	rule := dispatch.OpeningRule{Within: c.ConfirmWithin}
	for _, name := range c.ConfirmKinds {
		kind := hub.Kind(name)
		if !kind.Valid() {
			return rule, fmt.Errorf("opening.confirm_kinds: %q is none of the kinds of paper", name)
		}
		rule.Kinds = append(rule.Kinds, kind)
	}
	return rule, nil
}

// planOf gives the times of delivery; one-time codes wait for reports as long as they are of use, which is minutes.
func planOf(d config.Delivery) dispatch.Plan {
	plan := dispatch.Plan{Claimed: d.Lease, Sending: d.SMSLease, Waits: map[hub.Lane]dispatch.Waits{}, Quiet: quietOf(d.QuietHours)}
	for priority, retries := range map[hub.Priority][]time.Duration{hub.PriorityCode: d.Retries.SMS.Code,
		hub.PriorityUrgent: d.Retries.SMS.Urgent, hub.PriorityNormal: d.Retries.SMS.Normal, hub.PriorityBulk: d.Retries.SMS.Bulk} {
		waits := dispatch.Waits{Retries: retries}
		if priority != hub.PriorityCode {
			waits.Report, waits.Settle = d.ReportAfter, cmp.Or(d.UnknownAfter, d.ReportAfter)
		}
		plan.Waits[hub.Lane{Channel: hub.ChannelSMS, Priority: priority}] = waits
	}
	return plan
}

func quietOf(q config.QuietHours) dispatch.Quiet {
	quiet := dispatch.Quiet{Spread: q.Spread}
	quiet.Hours.From, quiet.Hours.Until = q.Hours()
	for _, priority := range q.Override {
		quiet.Override = append(quiet.Override, hub.Priority(priority))
	}
	return quiet
}

// providerNames are the names that a hold may name.
func providerNames(c config.SMS) []string {
	names := make([]string, len(c.Providers))
	for i, p := range c.Providers {
		names[i] = p.Name
	}
	return names
}
