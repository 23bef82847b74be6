package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"time"
)

// measureMillion: whether a notice costs as much when many are stored as it did in the beginning. The cost is processor
// time of the hub, Postgres and Redis, of everything until the receipts are sealed.
func measureMillion(ctx context.Context, b *bench) ([]row, error) {
	const parts, size = 10, 1000
	notices := b.size(1_000_000, 30_000)
	r, err := b.newRig(ctx, "api,worker,live,seal")
	if err != nil {
		return nil, err
	}
	defer r.stop()
	people, err := r.people(ctx, 5000, false)
	if err != nil {
		return nil, err
	}
	client, costs := newClient(4), make([]float64, parts)
	for part := range costs {
		before, err := r.spent()
		if err != nil {
			return nil, err
		}
		began, batches := time.Now(), notices/parts/size
		err = crowd(4, batches, func(i int) error {
			n := part*batches + i
			body, err := batch("million", n*size, size, people, "inbox", "live")
			if err != nil {
				return err
			}
			return r.insist(ctx, client, "/v1/notices/batch", http.StatusOK, body, nil, "Idempotency-Key", fmt.Sprint("million-", n))
		})
		if err != nil {
			return nil, err
		}
		if err := r.none(ctx, 5*time.Minute, "not everything arrived and was sealed", unfinished); err != nil {
			return nil, err
		}
		after, err := r.spent()
		if err != nil {
			return nil, err
		}
		costs[part] = (after - before).Seconds() / float64(notices/parts) * 1e6
		b.log.Info("stored", "notices", (part+1)*notices/parts, "µs each", int(costs[part]), "took", time.Since(began).Round(time.Second))
	}
	return []row{atMost(fmt.Sprintf("cost of a notice, the last tenth of %d against the first", notices), "µs of processor", costs[parts-1], costs[0], 1.15)}, nil
}

// spent is the processor time of the hub and of its servers, which are below this process, as this process's own is not.
func (r *rig) spent() (time.Duration, error) {
	all, err := treeCPU(os.Getpid())
	if err != nil {
		return 0, err
	}
	own, err := ownCPU()
	return all - own, err
}
