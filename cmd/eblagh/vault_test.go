package main

import (
	"context"
	"strings"
	"testing"

	"eblagh/hub/postgres/pgtest"
)

// A rotation as an operator sees it: new keys, the change-over, the work of the workers, the end of the old keys.
func TestTheVaultsKeysRotateByCommand(t *testing.T) {
	for key, value := range map[string]string{"EBLAGH_MODE": "test", "EBLAGH_DATA_DIR": t.TempDir(),
		"EBLAGH_DATABASE_URL": pgtest.URL(t)} {
		t.Setenv(key, value)
	}
	ctx, cli := context.Background(), &commands{}
	if err := (vaultPromoteCommand{}).Run(ctx, cli); err == nil {
		t.Error("keys were promoted that nobody made")
	}
	news := strings.Split(printed(t, func() error { return vaultRotateCommand{}.Run(ctx, cli) }), "\n")
	if len(news) != 2 || !strings.HasPrefix(news[0], "seal key ") || !strings.HasPrefix(news[1], "index key ") {
		t.Fatalf("%q", news)
	}
	printed(t, func() error { return vaultPromoteCommand{}.Run(ctx, cli) })
	if err := (vaultFinishCommand{}).Run(ctx, cli); err == nil || !strings.Contains(err.Error(), "not rewritten yet") {
		t.Errorf("finished before the workers came: %v", err)
	}
	if err := withDomain(ctx, cli, func(d *domain) error {
		for {
			if worked, err := d.keeper.Step(ctx); err != nil || !worked {
				return err
			}
		}
	}); err != nil {
		t.Fatal(err)
	}
	gone := printed(t, func() error { return vaultFinishCommand{}.Run(ctx, cli) })
	if strings.Count(gone, "is removed") != 2 {
		t.Errorf("%q", gone)
	}
	status := printed(t, func() error { return vaultStatusCommand{}.Run(ctx, cli) })
	for _, want := range []string{strings.TrimSuffix(news[0], " is coming") + "   primary", "retired", "idempotency_keys"} {
		if !strings.Contains(status, want) {
			t.Errorf("%q is not in\n%s", want, status)
		}
	}
}
