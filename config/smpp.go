package config

import (
	"fmt"
	"os"
	"strings"
	"time"
)

// SMPP is a provider that is reached over SMPP 3.4.
type SMPP struct {
	Addr         string        `yaml:"addr"` // host:port of the message centre
	SystemID     string        `yaml:"system_id"`
	Password     Secret        `yaml:"password"`
	PasswordFile string        `yaml:"password_file"`
	Binds        int           `yaml:"binds"`        // connections; 0: 1
	Window       int           `yaml:"window"`       // parts under way per connection; 0: 10
	EnquireLink  time.Duration `yaml:"enquire_link"` // between two questions whether it is there; 0: 30 s
	ReportIDs    string        `yaml:"report_ids"`   // decimal or hex, when reports write ids unlike answers do
	TimeZone     string        `yaml:"time_zone"`    // of the times in reports; empty: they are not used
}

// mostUnderWay bounds binds and window alike; no message centre grants more.
const mostUnderWay = 1000

// Reveal gives the password, from its file if there is one. Errors name the path.
func (s SMPP) Reveal() (string, error) {
	if s.PasswordFile == "" {
		return s.Password.Reveal(), nil
	}
	text, err := os.ReadFile(s.PasswordFile)
	if err != nil {
		return "", fmt.Errorf("password_file: %s: cannot be read", s.PasswordFile)
	}
	return strings.TrimSpace(string(text)), nil
}

// Zone is the zone of the times in reports, nil when none is given.
func (s SMPP) Zone() (*time.Location, error) {
	if s.TimeZone == "" {
		return nil, nil
	}
	zone, err := time.LoadLocation(s.TimeZone)
	if err != nil {
		return nil, fmt.Errorf("time_zone: %q: there is no such zone", s.TimeZone)
	}
	return zone, nil
}

func (s SMPP) check(key string, p *problems) {
	checkAddress(key+"addr", s.Addr, p)
	if s.SystemID == "" || len(s.SystemID) > 15 {
		p.add(key+"system_id", fmt.Sprintf("%q", s.SystemID), "must be 1 to 15 characters")
	}
	if s.Password == "" && s.PasswordFile == "" {
		p.add(key+"password", s.Password, "must be given, here or in a password_file")
	}
	if s.PasswordFile != "" {
		if _, err := s.Reveal(); err != nil {
			p.add(key+"password_file", s.PasswordFile, "cannot be read")
		}
	}
	for name, n := range map[string]int{"binds": s.Binds, "window": s.Window} {
		if n < 0 || n > mostUnderWay {
			p.add(key+name, n, "must be 0 to 1000")
		}
	}
	if s.EnquireLink < 0 {
		p.add(key+"enquire_link", s.EnquireLink, "must not be negative")
	}
	if s.ReportIDs != "" && s.ReportIDs != "decimal" && s.ReportIDs != "hex" {
		p.add(key+"report_ids", fmt.Sprintf("%q", s.ReportIDs), "must be decimal or hex, or left out")
	}
	if _, err := s.Zone(); err != nil {
		p.add(key+"time_zone", fmt.Sprintf("%q", s.TimeZone), "there is no such zone")
	}
}
