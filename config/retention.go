package config

import (
	"fmt"
	"strings"
	"time"
)

// Retention says how long things are kept. What is not said is kept: the hub knows no norm that sets a time.
type Retention struct {
	Cases    []CasePeriod  `yaml:"cases"`
	Contacts time.Duration `yaml:"contacts"` // contact data after others took their place; 0: kept
	Codes    time.Duration `yaml:"codes"`    // where a one-time code went, after it could be met last; 0: kept
}

// CasePeriod is for how long the documents of a kind of case are kept after the last paper came in.
type CasePeriod struct {
	Kind  string `yaml:"kind"`
	Days  int    `yaml:"days"`
	Basis string `yaml:"basis"` // the norm or decision; it stands in the receipt of every erasure
}

const longestBasis = 300

func (r Retention) check(p *problems) {
	seen := map[string]bool{}
	for i, c := range r.Cases {
		key := fmt.Sprintf("retention.cases[%d].", i)
		if c.Kind == "" || seen[c.Kind] {
			p.add(key+"kind", fmt.Sprintf("%q", c.Kind), "must be a kind of case, each once")
		}
		seen[c.Kind] = true
		if c.Days < 30 || c.Days > 36500 {
			p.add(key+"days", c.Days, "must be from 30 to 36500")
		}
		if b := strings.TrimSpace(c.Basis); b == "" || len(b) > longestBasis || strings.ContainsAny(b, "\r\n") {
			p.add(key+"basis", fmt.Sprintf("%q", c.Basis), "must name the norm or decision in one line of at most 300 bytes")
		}
	}
	for key, d := range map[string]time.Duration{"contacts": r.Contacts, "codes": r.Codes} {
		if d != 0 && d < 24*time.Hour {
			p.add("retention."+key, d, "must be 0 (kept) or at least 24h")
		}
	}
}
