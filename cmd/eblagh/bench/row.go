package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"text/tabwriter"
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
	return row{name, value, unit, baseline, ratio, fmt.Sprintf("ratio ≥ %.3g", goal), ratio >= goal}
}

// atMost makes a row whose ratio to the baseline should not go beyond the goal.
func atMost(name, unit string, value, baseline, goal float64) row {
	ratio := value / baseline
	return row{name, value, unit, baseline, ratio, fmt.Sprintf("ratio ≤ %.3g", goal), ratio <= goal}
}

// below makes a row without a baseline: the value should not go beyond the limit.
func below(name, unit string, value, limit float64) row {
	return row{Name: name, Value: value, Unit: unit, Goal: fmt.Sprintf("≤ %.4g %s", limit, unit), OK: value <= limit}
}

func printTable(w io.Writer, rows []row) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "what\tvalue\tunit\tbaseline\tratio\tgoal\tok")
	for _, r := range rows {
		baseline, ratio := "–", "–"
		if r.Baseline != 0 {
			baseline, ratio = fmt.Sprintf("%.4g", r.Baseline), fmt.Sprintf("%.2f", r.Ratio)
		}
		fmt.Fprintf(t, "%s\t%.5g\t%s\t%s\t%s\t%s\t%t\n", r.Name, r.Value, r.Unit, baseline, ratio, r.Goal, r.OK)
	}
	_ = t.Flush()
}

func writeRows(path string, rows []row) error {
	encoded, err := json.MarshalIndent(rows, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(encoded, '\n'), 0o644)
}
