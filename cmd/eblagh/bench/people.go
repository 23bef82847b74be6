package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"eblagh/api/signin"
	"eblagh/hub"
	"eblagh/hub/enrol"
	"eblagh/hub/postgres"
	"eblagh/hub/vault"
)

// person is somebody who receives papers. cookie is a session of theirs, if one was asked for.
type person struct {
	id         hub.ID
	nationalID string
	cookie     *http.Cookie
}

// people enrols n recipients, signed in if sessions is true: with the hub's own code and past its doors, for thousands
// of codes by SMS, and as many slow hashes, are not what is measured.
func (r *rig) people(ctx context.Context, n int, sessions bool) ([]person, error) {
	keys, err := vault.Open(filepath.Join(r.dir, "data", "vault.key"))
	if err != nil {
		return nil, err
	}
	db, err := postgres.Open(ctx, postgres.Options{URL: r.stack.Postgres.SocketURL()})
	if err != nil {
		return nil, err
	}
	defer db.Close()
	enroller, err := enrol.New(enrol.Options{Store: db, Vault: keys, Clock: hub.SystemClock, Mode: "test",
		Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, err
	}
	office, err := enroller.Authenticate(ctx, r.dev.Keys["office"])
	if err != nil {
		return nil, err
	}
	open := signin.New(signin.Options{Store: db.Sessions(signin.Describe), People: enroller, Clock: hub.SystemClock})
	people, group := make([]person, n), errgroup.Group{}
	group.SetLimit(8)
	for i := range people {
		group.Go(func() error {
			p := person{nationalID: nationalID(660_123_000 + i)}
			kept, err := enroller.Enrol(ctx, office, enrol.NewRecipient{Kind: hub.PersonNatural, NationalID: p.nationalID,
				GivenName: "نمونه", FamilyName: "سنجش", Mobile: fmt.Sprintf("+98990%07d", i)})
			if err != nil {
				return err
			}
			if p.id = kept.ID; sessions {
				request, err := http.NewRequestWithContext(ctx, http.MethodPost, "/", nil)
				if err != nil {
					return err
				}
				if p.cookie, err = open.Start(request, p.id, hub.FactorTOTP, hub.ID{}); err != nil {
					return err
				}
			}
			people[i] = p
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return nil, fmt.Errorf("enrol: %w", err)
	}
	return people, r.activate(ctx)
}

// activate makes everybody's account active, and withdraws the codes that were to do so.
func (r *rig) activate(ctx context.Context) error {
	for _, statement := range []string{
		`UPDATE persons SET activated_at = hub_now(), personal_code = '$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHRzYWx0c2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'
			WHERE activated_at IS NULL`,
		`UPDATE deliveries SET status = 'cancelled', due_at = NULL WHERE id IN (SELECT id FROM deliveries
			WHERE challenge IS NOT NULL AND status IN ('pending', 'queued') FOR UPDATE SKIP LOCKED)`,
		`ANALYZE persons`,
	} {
		if _, err := r.sql.Exec(ctx, statement); err != nil {
			return fmt.Errorf("activate: %w", err)
		}
	}
	return r.none(ctx, 2*time.Minute, "the texts of codes did not end", `SELECT count(*) FROM deliveries
		WHERE challenge IS NOT NULL AND status IN ('pending', 'queued', 'sending')`)
}

// nationalID completes nine digits with their check digit.
func nationalID(nine int) string {
	s, sum := fmt.Sprintf("%09d", nine), 0
	for i := range 9 {
		sum += int(s[i]-'0') * (10 - i)
	}
	if sum %= 11; sum >= 2 {
		sum = 11 - sum
	}
	return s + fmt.Sprint(sum)
}
