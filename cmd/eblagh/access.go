package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"text/tabwriter"

	"eblagh/hub/access"
)

// accessCommand prints who may do what, out of the very table that decides.
type accessCommand struct {
	JSON bool `name:"json" help:"Print one JSON array of rules."`
}

// Run prints the policy.
func (c accessCommand) Run() error { return c.write(os.Stdout) }

func (c accessCommand) write(out io.Writer) error {
	if c.JSON {
		enc := json.NewEncoder(out)
		enc.SetIndent("", "  ")
		return enc.Encode(access.Rules())
	}
	fmt.Fprintln(out, "What is not listed is refused. A key acts in one role and needs the scope as well; - means that no key may.")
	fmt.Fprintln(out)
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "ROLE\tMAY\tON WHAT IS\tSCOPE OF KEYS")
	for _, r := range access.Rules() {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", r.Role, r.Action, r.Relation, cmp.Or(r.Scope, "-"))
	}
	fmt.Fprintln(table)
	for _, r := range access.Relations {
		fmt.Fprintf(table, "%s\t%s\n", r, r.Means())
	}
	return table.Flush()
}
