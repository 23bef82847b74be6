package config

import (
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
	"time"
)

// Ledger says how receipts are sealed into the signed log.
type Ledger struct {
	Origin         string        `yaml:"origin"`          // name of the log for ever; empty: the host of public_url, and /log
	KeyFile        string        `yaml:"key_file"`        // made at first start; empty: log.key in data_dir
	CheckpointFile string        `yaml:"checkpoint_file"` // the writer's memory; empty: log.checkpoint in data_dir
	Within         time.Duration `yaml:"within"`          // receipts wait no longer, or acceptance pauses
	TimestampURLs  []string      `yaml:"timestamp_urls"`  // RFC 3161 authorities
	TimestampEvery time.Duration `yaml:"timestamp_every"`
	TimestampRoots string        `yaml:"timestamp_roots"` // PEM file; empty: stored tokens need not lead to a root
}

// LogOrigin is the name of the log: it ends with the mode, for a test instance and a live one never share a log.
func (c Config) LogOrigin() string {
	origin := strings.TrimSuffix(c.Ledger.Origin, "/")
	if origin == "" {
		origin = "localhost/log"
		if u, err := url.Parse(c.PublicURL); err == nil && u.Host != "" {
			origin = u.Host + "/log"
		}
	}
	if strings.HasSuffix(origin, "/"+c.Mode) {
		return origin
	}
	return origin + "/" + c.Mode
}

func (c *Config) fillLedger() {
	if c.Ledger.KeyFile == "" {
		c.Ledger.KeyFile = filepath.Join(c.DataDir, "log.key")
	}
	if c.Ledger.CheckpointFile == "" {
		c.Ledger.CheckpointFile = filepath.Join(c.DataDir, "log.checkpoint")
	}
}

func (c *Config) checkLedger(p *problems) {
	l := c.Ledger
	if c.Mode == "live" && l.Origin == "" && c.PublicURL == "" {
		p.add("ledger.origin", `""`, "a live instance names its log, for ever: set it, or public_url, whose host it then is")
	}
	if strings.ContainsAny(l.Origin, " +\t\r\n") || strings.Contains(l.Origin, "://") || len(l.Origin) > 200 {
		p.add("ledger.origin", fmt.Sprintf("%q", l.Origin), "must be like court.example/log, without a scheme, spaces or plus")
	}
	for mode, other := range map[string]string{"live": "test", "test": "live"} {
		if c.Mode == mode && strings.HasSuffix(l.Origin, "/"+other) {
			p.add("ledger.origin", fmt.Sprintf("%q", l.Origin), "names the other mode")
		}
	}
	for i, text := range l.TimestampURLs {
		if u, err := url.Parse(text); err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
			p.add(fmt.Sprintf("ledger.timestamp_urls[%d]", i), "?", "must be http(s)://host")
		}
	}
	if l.Within <= 0 {
		p.add("ledger.within", l.Within, "must be above zero, as in 2s")
	}
	if l.TimestampEvery < time.Second {
		p.add("ledger.timestamp_every", l.TimestampEvery, "must be at least 1s")
	}
}
