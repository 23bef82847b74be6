package config

import "time"

// Trail says how long what was recorded of looks and changes stays at hand.
type Trail struct {
	Keep time.Duration `yaml:"keep"` // months that ended longer ago are detached; their digests stay. 0: for ever
}

// leastKeep is a year: an addressee may ask long after a paper who looked at it.
const leastKeep = 365 * 24 * time.Hour

func (c *Config) checkTrail(p *problems) {
	if k := c.Trail.Keep; k != 0 && k < leastKeep {
		p.add("trail.keep", k, "must be at least 8760h, a year; 0 keeps everything")
	}
}
