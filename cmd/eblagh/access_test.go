package main

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"eblagh/hub/access"
)

// Both forms say every rule of the table that decides, in its order, and nothing else.
func TestAccessPrintsThePolicy(t *testing.T) {
	var text, machine bytes.Buffer
	if err := (accessCommand{}).write(&text); err != nil {
		t.Fatal(err)
	}
	if err := (accessCommand{JSON: true}).write(&machine); err != nil {
		t.Fatal(err)
	}
	var rules []access.Rule
	if err := json.Unmarshal(machine.Bytes(), &rules); err != nil || !slices.Equal(rules, access.Rules()) {
		t.Errorf("%d rules, %v", len(rules), err)
	}
	var lines []access.Rule
	for line := range strings.Lines(text.String()) {
		f := strings.Fields(line)
		if len(f) == 4 && slices.Contains(access.Actions, access.Action(f[1])) {
			if f[3] == "-" {
				f[3] = ""
			}
			lines = append(lines, access.Rule{Role: rules[len(lines)].Role, Action: access.Action(f[1]),
				Relation: access.Relation(f[2]), Scope: access.Scope(f[3])})
			if string(lines[len(lines)-1].Role) != f[0] {
				t.Errorf("line %q is out of order", line)
			}
		}
	}
	if !slices.Equal(lines, access.Rules()) {
		t.Errorf("%d lines for %d rules", len(lines), len(rules))
	}
	for _, r := range access.Relations {
		if r.Means() == "" || !strings.Contains(text.String(), r.Means()) {
			t.Errorf("%s is not explained", r)
		}
	}
}
