package config

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"
)

// problems gathers what is wrong with the settings.
type problems struct{ lines []string }

func (p *problems) add(key string, value any, what string) {
	p.lines = append(p.lines, fmt.Sprintf("%s: %v: %s", key, value, what))
}

func (p *problems) err() error {
	if len(p.lines) == 0 {
		return nil
	}
	return fmt.Errorf("these settings are not right:\n  %s", strings.Join(p.lines, "\n  "))
}

func (c *Config) check(p *problems) {
	oneOf := func(key, value string, allowed ...string) {
		if !slices.Contains(allowed, value) {
			p.add(key, fmt.Sprintf("%q", value), "must be one of "+strings.Join(allowed, ", "))
		}
	}
	oneOf("mode", c.Mode, "live", "test")
	oneOf("redis.mode", c.Redis.Mode, "single", "sentinel", "cluster")
	oneOf("delivery.arrival", c.Delivery.Arrival, "at_once", "queued")
	oneOf("log.level", c.Log.Level, "debug", "info", "warn", "error")
	checkAddress("listen", c.Listen, p)
	checkAddress("admin_listen", c.AdminListen, p)
	for i, addr := range c.Redis.Addrs {
		checkAddress(fmt.Sprintf("redis.addrs[%d]", i), addr, p)
	}
	if c.PublicURL != "" {
		if u, err := url.Parse(c.PublicURL); err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
			p.add("public_url", fmt.Sprintf("%q", c.PublicURL), "must be http(s)://host")
		} else if c.Mode == "live" && u.Scheme != "https" {
			p.add("public_url", fmt.Sprintf("%q", c.PublicURL), "people reach a live instance over https")
		}
	}
	for i, text := range c.TrustedProxies {
		if _, err := netip.ParsePrefix(text); err != nil {
			p.add(fmt.Sprintf("trusted_proxies[%d]", i), fmt.Sprintf("%q", text), "must be a network, as in 10.0.0.0/8 or 127.0.0.1/32")
		}
	}
	if c.Redis.Mode == "sentinel" && c.Redis.Master == "" {
		p.add("redis.master", `""`, "sentinel needs the master's name")
	}
	c.checkLedger(p)
	c.checkTrail(p)
	c.checkSignIn(p)
	c.checkProviders(p)
	c.Delivery.QuietHours.check(p)
	c.Delivery.Retries.check(p)
	c.Retention.check(p)
	c.checkBounds(p)
}

func (c *Config) checkProviders(p *problems) {
	names := map[string]bool{}
	for i, provider := range c.SMS.Providers {
		key := fmt.Sprintf("sms.providers[%d].", i)
		if !plainName(provider.Name) || names[provider.Name] {
			p.add(key+"name", fmt.Sprintf("%q", provider.Name), "must be unique, of up to 32 of a-z, 0-9, - and _")
		}
		names[provider.Name] = true
		switch provider.Kind {
		case "sandbox":
			if c.Mode == "live" {
				p.add(key+"kind", provider.Kind, "a live instance cannot use it: nobody would get the texts")
			}
		case "http":
			provider.HTTP.check(key+"http.", c.Mode, p)
		case "smpp":
			provider.SMPP.check(key+"smpp.", p)
		default:
			p.add(key+"kind", fmt.Sprintf("%q", provider.Kind), "must be sandbox, http or smpp")
		}
		if provider.Weight < 0 {
			p.add(key+"weight", provider.Weight, "must not be negative")
		}
		if provider.RatePerSecond < 0 {
			p.add(key+"rate_per_second", provider.RatePerSecond, "must not be negative")
		}
		if provider.UrgentShare < 0 || provider.UrgentShare > 0.9 {
			p.add(key+"urgent_share", provider.UrgentShare, "must be 0 to 0.9")
		}
	}
}

// plainName accepts what can be part of a file's name and a metric's label.
func plainName(name string) bool {
	return name != "" && len(name) <= 32 && strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-_") == ""
}

func (c *Config) checkBounds(p *problems) {
	for key, d := range map[string]time.Duration{
		"delivery.lease": c.Delivery.Lease, "delivery.sms_lease": c.Delivery.SMSLease, "delivery.poll": c.Delivery.Poll,
		"delivery.ladder_day": c.Delivery.LadderDay, "delivery.report_after": c.Delivery.ReportAfter,
		"delivery.unknown_after": c.Delivery.UnknownAfter, "opening.confirm_within": c.Opening.ConfirmWithin,
	} {
		if d <= 0 {
			p.add(key, d, "must be above zero, as in 20s or 24h")
		}
	}
	if d := c.Delivery.LadderDay; c.Mode == "live" && d > 0 && d != 24*time.Hour {
		p.add("delivery.ladder_day", d, "a live instance counts days of 24h")
	}
	for key, n := range map[string]int{
		"delivery.outstanding": c.Delivery.Outstanding, "delivery.max_waiting": c.Delivery.MaxWaiting, "database.app_conns": c.Database.AppConns,
		"database.worker_conns": c.Database.WorkerConns, "live.max_connections": c.Live.MaxConnections,
		"live.max_per_person": c.Live.MaxPerPerson, "sign_in.strange_tries": c.SignIn.StrangeTries,
	} {
		if n <= 0 {
			p.add(key, n, "must be above zero")
		}
	}
	if n := c.SignIn.StrangeTries; n > 100_000_000 {
		p.add("sign_in.strange_tries", n, "must be at most 100000000")
	}
	slices.Sort(p.lines) // maps have no order, messages should
}

func checkAddress(key, value string, p *problems) {
	if _, port, err := net.SplitHostPort(value); err != nil || port == "" {
		p.add(key, fmt.Sprintf("%q", value), "must be host:port")
	}
}
