package config

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Config is every setting of an instance.
type Config struct {
	Mode        string      `yaml:"mode"`         // live or test
	Listen      string      `yaml:"listen"`       // host:port of the API, the pages and live
	AdminListen string      `yaml:"admin_listen"` // host:port of metrics
	PublicURL   string      `yaml:"public_url"`   // where people reach the instance; a live one over https
	DataDir     string      `yaml:"data_dir"`     // files of the instance: the vault's key, the sandbox's texts
	Database    Database    `yaml:"database"`
	Redis       Redis       `yaml:"redis"`
	Vault       Vault       `yaml:"vault"`
	Ledger      Ledger      `yaml:"ledger"`
	Trail       Trail       `yaml:"trail"`
	Certificate Certificate `yaml:"certificate"`
	SMS         SMS         `yaml:"sms"`
	Delivery    Delivery    `yaml:"delivery"`
	Live        Live        `yaml:"live"`
	Log         Log         `yaml:"log"`

	// TrustedProxies are the networks (CIDR) of our own proxies, whose X-Forwarded-For is taken; none: nobody's is.
	TrustedProxies []string  `yaml:"trusted_proxies"`
	SignIn         SignIn    `yaml:"sign_in"`
	Opening        Opening   `yaml:"opening"`
	Retention      Retention `yaml:"retention"`
}

// Database is Postgres 15 or newer.
type Database struct {
	URL         Secret `yaml:"url"`
	URLFile     string `yaml:"url_file"`
	OwnerURL    Secret `yaml:"owner_url"`    // for migrations; empty: url
	AppConns    int    `yaml:"app_conns"`    // for reading, as who asks
	WorkerConns int    `yaml:"worker_conns"` // for writing; three quarters as many again are for statements of few rows
}

// Redis is Redis 7 or newer with noeviction. Without addrs the hub works straight from Postgres.
type Redis struct {
	Mode         string   `yaml:"mode"` // single, sentinel or cluster
	Addrs        []string `yaml:"addrs"`
	Master       string   `yaml:"master"` // sentinel
	Password     Secret   `yaml:"password"`
	PasswordFile string   `yaml:"password_file"`
}

// Vault keeps the keys that encrypt personal data.
type Vault struct {
	KeyFile string `yaml:"key_file"` // made at first start; empty: vault.key in data_dir
}

// SMS says through whom texts go.
type SMS struct {
	Sender    string     `yaml:"sender"` // the named header
	Providers []Provider `yaml:"providers"`
}

// Provider is one way to send texts.
type Provider struct {
	Name          string  `yaml:"name"`
	Kind          string  `yaml:"kind"` // sandbox, http or smpp
	Weight        int     `yaml:"weight"`
	RatePerSecond float64 `yaml:"rate_per_second"` // messages a second over all nodes, each part counts; 0: no limit
	UrgentShare   float64 `yaml:"urgent_share"`    // part of that which only urgent texts and codes may take; 0: 0.2
	HTTP          HTTP    `yaml:"http"`            // of kind http
	SMPP          SMPP    `yaml:"smpp"`            // of kind smpp
}

// Delivery says whether papers arrive under the commit that accepts them or by the pump, and how long each state may last
// before somebody looks again.
type Delivery struct {
	Arrival      string        `yaml:"arrival"`       // at_once or queued
	Lease        time.Duration `yaml:"lease"`         // a claimed delivery whose task counts as lost
	SMSLease     time.Duration `yaml:"sms_lease"`     // an attempt without an outcome becomes unknown
	ReportAfter  time.Duration `yaml:"report_after"`  // a sent text without a report becomes unknown
	UnknownAfter time.Duration `yaml:"unknown_after"` // an unknown closes as failed
	LadderDay    time.Duration `yaml:"ladder_day"`    // a day of the informing ladder; shorter on test instances only
	Poll         time.Duration `yaml:"poll"`          // how often to look for due work when nobody wakes the pump
	Outstanding  int           `yaml:"outstanding"`   // tasks of arrivals in Redis at most, a seventh of it for each lane
	MaxWaiting   int           `yaml:"max_waiting"`   // deliveries that are due and not begun; beyond, no more papers are taken in
	Retries      Retries       `yaml:"retries"`
	QuietHours   QuietHours    `yaml:"quiet_hours"`
}

// Retries are the retry plans by channel and priority. Only texts are tried again: an arrival happens in Postgres.
type Retries struct {
	SMS RetryPlans `yaml:"sms"`
}

// RetryPlans are the waits before the second attempt, the third and so on, by priority. What is not given keeps the
// hub's plan; an empty list means one attempt.
type RetryPlans struct {
	Code   []time.Duration `yaml:"code"` // one-time codes
	Urgent []time.Duration `yaml:"urgent"`
	Normal []time.Duration `yaml:"normal"`
	Bulk   []time.Duration `yaml:"bulk"`
}

// QuietHours are when texts do not nudge, on the clock of each recipient.
type QuietHours struct {
	From     string        `yaml:"from"`     // 15:04; the same as until: no hour is quiet
	Until    string        `yaml:"until"`    // 15:04
	Override []string      `yaml:"override"` // the priorities whose texts go at any hour
	Spread   time.Duration `yaml:"spread"`   // over how long the texts of a night go out after its end
}

// Live bounds the websocket connections.
type Live struct {
	MaxConnections int `yaml:"max_connections"`
	MaxPerPerson   int `yaml:"max_per_person"`
}

// Opening says before which papers a person proves again who they are.
type Opening struct {
	ConfirmKinds  []string      `yaml:"confirm_kinds"`  // kinds of paper
	ConfirmWithin time.Duration `yaml:"confirm_within"` // how long a proof, or signing in, suffices
}

// Log says what is logged.
type Log struct {
	Level string `yaml:"level"` // debug, info, warn or error
}

// Defaults are the settings that nobody gave.
func Defaults() Config {
	return Config{
		Mode: "live", Listen: "127.0.0.1:8080", AdminListen: "127.0.0.1:9090", DataDir: "var",
		Redis:  Redis{Mode: "single"},
		Ledger: Ledger{Within: 2 * time.Second, TimestampEvery: 10 * time.Minute},
		SMS:    SMS{Sender: "EBLAGH"},
		Delivery: Delivery{
			Arrival: "at_once", Lease: 20 * time.Second, SMSLease: time.Minute, ReportAfter: 24 * time.Hour, UnknownAfter: 48 * time.Hour,
			LadderDay: 24 * time.Hour, Poll: time.Second, Outstanding: 112, MaxWaiting: 2_000_000,
			QuietHours: QuietHours{From: "22:00", Until: "07:00", Override: []string{"urgent"}, Spread: 15 * time.Minute},
		},
		Database:  Database{AppConns: 8, WorkerConns: 16},
		Live:      Live{MaxConnections: 50_000, MaxPerPerson: 10},
		SignIn:    SignIn{StrangeTries: 30_000},
		Opening:   Opening{ConfirmKinds: []string{"judgment", "default_judgment", "execution_writ"}, ConfirmWithin: 5 * time.Minute},
		Log:       Log{Level: "info"},
		Retention: Retention{Codes: 30 * 24 * time.Hour},
	}
}

// Load reads the file, if a path is given, and the environment ("KEY=value" items), over base.
// Errors: every problem at once, a line each.
func Load(base Config, path string, environ []string) (Config, error) {
	c, p := base, &problems{}
	if path != "" {
		text, err := os.ReadFile(path)
		if err != nil {
			return c, fmt.Errorf("settings: %w", err)
		}
		readYAML(&c, text, p)
	}
	readEnviron(&c, environ, p)
	c.readFiles(p)
	c.check(p)
	return c, p.err()
}

// readFiles takes the secrets that lie in files of their own.
func (c *Config) readFiles(p *problems) {
	secret := func(key, path string, into *Secret) {
		if path == "" {
			return
		}
		text, err := os.ReadFile(path)
		if err != nil {
			p.add(key, path, "cannot be read")
			return
		}
		*into = Secret(strings.TrimSpace(string(text)))
	}
	secret("database.url_file", c.Database.URLFile, &c.Database.URL)
	secret("redis.password_file", c.Redis.PasswordFile, &c.Redis.Password)
	secret("sign_in.oidc.client_secret_file", c.SignIn.OIDC.ClientSecretFile, &c.SignIn.OIDC.ClientSecret)
	if c.Vault.KeyFile == "" {
		c.Vault.KeyFile = filepath.Join(c.DataDir, "vault.key")
	}
	c.fillLedger()
	c.fillCertificate()
}

// Secure reports whether people reach the instance over TLS, as they always reach a live one.
func (c Config) Secure() bool { return c.Mode == "live" || strings.HasPrefix(c.PublicURL, "https://") }

// Proxies are the trusted proxies, checked at load.
func (c Config) Proxies() []netip.Prefix {
	var out []netip.Prefix
	for _, text := range c.TrustedProxies {
		if network, err := netip.ParsePrefix(text); err == nil {
			out = append(out, network)
		}
	}
	return out
}

// MigrationURL is the owner's URL, or the common one.
func (d Database) MigrationURL() Secret {
	if d.OwnerURL != "" {
		return d.OwnerURL
	}
	return d.URL
}

// Secret prints as <secret>.
type Secret string

// String hides the secret from logs and errors.
func (Secret) String() string { return "<secret>" }

// GoString hides it from %#v.
func (Secret) GoString() string { return "<secret>" }

// Reveal is the secret itself.
func (s Secret) Reveal() string { return string(s) }
