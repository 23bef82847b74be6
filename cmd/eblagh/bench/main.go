// Command bench measures the hub against baselines taken in the same run on the same machine, and prints ratios: a time
// of its own says more about the machine than about the hub. It starts the program as a process of its own on a private
// Postgres and Redis, with fsync and synchronous_commit on, and talks to it as its users do.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

// row is one line of the table and of bench.json.
type row struct {
	Name     string  `json:"name"`
	Value    float64 `json:"value"`
	Unit     string  `json:"unit"`
	Baseline float64 `json:"baseline,omitempty"`
	Ratio    float64 `json:"ratio,omitempty"`
	Goal     string  `json:"goal"`
	OK       bool    `json:"ok"`
}

// atLeast makes a row whose ratio to the baseline should reach the goal.
func atLeast(name, unit string, value, baseline, goal float64) row {
	ratio := value / baseline
	return row{name, value, unit, baseline, ratio, fmt.Sprintf("ratio ≥ %.2g", goal), ratio >= goal}
}

func main() {
	program := flag.String("program", "bin/eblagh", "the built program to measure")
	notices := flag.Int("notices", 50_000, "notices to submit")
	people := flag.Int("people", 200, "recipients to spread them over")
	receipts := flag.Int("receipts", 1_000_000, "receipts to seal")
	out := flag.String("out", "bench.json", "where to write the rows")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *program, *notices, *people, *receipts, *out); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, program string, notices, people, receipts int, out string) error {
	if notices < batchSize || notices%batchSize != 0 || people < 1 || receipts < 1 {
		return fmt.Errorf("-notices must be a positive multiple of %d, -people and -receipts at least 1", batchSize)
	}
	rig, err := newRig(ctx, program)
	if err != nil {
		return err
	}
	defer rig.stop()
	rows, err := rig.measure(ctx, notices, people)
	if err != nil {
		return err
	}
	sealed, err := rig.sealing(ctx, receipts)
	if err != nil {
		return err
	}
	rows = append(rows, sealed...)
	for _, r := range rows {
		fmt.Printf("%-52s %12.0f %-10s baseline %12.0f  ratio %5.2f  goal %-13s ok %t\n",
			r.Name, r.Value, r.Unit, r.Baseline, r.Ratio, r.Goal, r.OK)
	}
	encoded, err := json.MarshalIndent(rows, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(out, append(encoded, '\n'), 0o644)
}
