package postgres

import (
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// genericPlans has each statement planned once for a connection, whatever its arguments: planning takes several times as long
// as finding a few rows. Every statement of such a pool MUST be written so that no plan of it can read more than the rows
// that it names: by = ANY, or in a LATERAL with OFFSET 0, which keeps it a look-up for each.
func genericPlans(cfg *pgxpool.Config) {
	cfg.ConnConfig.RuntimeParams["plan_cache_mode"] = "force_generic_plan"
}

// keepPlans has the statements of a transaction planned once for whatever arguments: it goes before those that find their
// rows by ids or keys however many they are. Over the partitions of many months planning takes longer than running.
const keepPlans = `SET LOCAL plan_cache_mode = force_generic_plan`

// queueByKeptPlan adds one statement of a transaction to a batch that is planned once, and no other. It MUST be written as those of
// genericPlans: the plan may have been made while the tables were empty.
func queueByKeptPlan(b *pgx.Batch, sql string, args ...any) *pgx.QueuedQuery {
	b.Queue(keepPlans)
	q := b.Queue(sql, args...)
	b.Queue(`SET LOCAL plan_cache_mode TO DEFAULT`)
	return q
}
