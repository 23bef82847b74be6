// Package eblagh_test holds the architecture: which package may import which.
package eblagh_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// row is what one package may import, besides the standard library. Own packages are named from the module's root;
// "hub/..." is every domain package, which the adapters (postgres) and the test helpers are not. Third-party entries are
// path prefixes.
type row struct {
	own    []string
	third  []string
	reason string
}

const (
	pgx   = "github.com/jackc/pgx/v5"
	asynq = "github.com/hibiken/asynq"
	redis = "github.com/redis/go-redis/v9"
	every = "..." // all own packages, or all modules
)

// table is the whole architecture. A package without a row fails the test.
var table = map[string]row{
	"hub":           {nil, nil, "the words and rules of state stand on the standard library alone"},
	"hub/rules":     {[]string{"hub"}, []string{"github.com/yaa110/go-persian-calendar"}, "the law is pure; calendars differ by jurisdiction"},
	"hub/access":    {[]string{"hub"}, nil, "policy is pure"},
	"hub/trail":     {[]string{"hub", "hub/access"}, nil, "what is recorded knows neither the wire nor the store"},
	"hub/vault":     {[]string{"hub"}, []string{"github.com/tink-crypto/tink-go/v2"}, "keys stay in one place"},
	"hub/retention": {[]string{"hub", "hub/access"}, nil, "the domain does not know its adapters"},
	"hub/rekey":     {[]string{"hub", "hub/vault"}, nil, "knows keys and rows, not where either is kept"},
	"hub/ledger": {[]string{"hub"}, []string{"golang.org/x/mod/sumdb/tlog", "golang.org/x/mod/sumdb/note"},
		"who verifies trusts little code"},
	"hub/seal": {[]string{"hub", "hub/ledger"}, []string{"golang.org/x/mod/sumdb/tlog", "github.com/digitorus/timestamp",
		"github.com/digitorus/pkcs7"}, "the one writer of the log"},
	"hub/ledger/ledgertest": {[]string{"hub", "hub/ledger"}, []string{"golang.org/x/mod/sumdb/tlog"}, "logs for tests"},
	"hub/typeset": {[]string{"hub"}, []string{"github.com/go-text/typesetting", "github.com/tdewolff/font", "golang.org/x/image"},
		"Persian text needs shaping"},
	"hub/certificate": {[]string{"hub", "hub/access", "hub/ledger", "hub/reading", "hub/rules", "hub/typeset", "hub/vault"},
		[]string{"github.com/boombuler/barcode", "github.com/digitorus/pdf", "github.com/digitorus/pdfsign"},
		"the paper about papers: set, signed, kept"}, "hub/audit": {[]string{"hub", "hub/ledger", "hub/trail"}, []string{"golang.org/x/mod/sumdb"},
		"believes no adapter: what it audits comes through ports"},

	"hub/verdict": {[]string{"hub", "hub/ledger"},
		[]string{"golang.org/x/mod/sumdb"},
		"what verifying found, in words; offline, so it knows no adapter"},

	"hub/dispatch": {[]string{"hub", "hub/rules", "hub/access", "hub/vault"}, nil, "the domain does not know its adapters"},
	"hub/ladder":   {[]string{"hub", "hub/rules", "hub/access", "hub/vault"}, nil, "the domain does not know its adapters"},
	"hub/reading": {[]string{"hub", "hub/rules", "hub/access", "hub/vault", "hub/ledger", "hub/trail"}, []string{"golang.org/x/mod/sumdb/tlog"},
		"the domain does not know its adapters"},
	"hub/enrol": {[]string{"hub", "hub/rules", "hub/access", "hub/vault"}, []string{"github.com/alexedwards/argon2id", "github.com/pquerna/otp"},
		"personal codes are hashed here, second factors checked"},
	"hub/document": {[]string{"hub", "hub/rules", "hub/access", "hub/vault"},
		[]string{"github.com/gabriel-vasile/mimetype", "github.com/pdfcpu/pdfcpu"}, "what is taken in is examined here"},

	"hub/postgres": {[]string{"hub/..."}, []string{pgx, "github.com/pressly/goose/v3", "golang.org/x/mod/sumdb/tlog"}, "the only importer of pgx"},
	"hub/hubtest":  {[]string{"hub/..."}, []string{"golang.org/x/mod/sumdb/tlog"}, "fakes and suites know the ports"},
	"hub/postgres/pgtest": {[]string{"hub/postgres", "cmd/eblagh/devstack"}, []string{pgx},
		"exempt: real databases for tests are started by devstack"},
	"hub/postgres/pgtest/withstack": {[]string{"hub/postgres/pgtest"}, nil, "one cluster for a whole test run"},

	"channels": {[]string{"hub"}, []string{redis},
		"what senders share: the registry, and the rate, whose bucket is shared through Redis"},
	"channels/sms": {[]string{"hub", "channels"}, nil, "channels do not know each other"},
	"channels/sms/smpp": {[]string{"hub", "channels", "channels/sms"}, []string{"github.com/linxGnu/gosmpp"},
		"exempt: one protocol of the SMS channel, which knows how a text is cut"},
	"channels/sms/smpp/smsctest": {nil, []string{"github.com/linxGnu/gosmpp"}, "the other side of the wire knows nothing of ours"},
	"channels/sms/gateway": {[]string{"hub", "channels", "channels/sms"}, nil,
		"exempt: one protocol of the SMS channel, which may use what texts share"},
	"channels/live": {[]string{"hub", "channels"}, []string{redis, "github.com/gorilla/websocket"}, "the only importer of websocket"},
	"queue":         {[]string{"hub"}, []string{asynq, redis}, "the only importer of asynq"},

	"api": {[]string{"hub/...", "api/guard", "api/signin"}, []string{"github.com/danielgtaylor/huma/v2", "github.com/go-json-experiment/json",
		"github.com/klauspost/compress", "golang.org/x/sync"},
		"the wire never touches postgres, channels or queue"},
	"api/signin": {[]string{"hub/..."}, []string{"github.com/alexedwards/scs/v2"}, "sessions"},
	"api/signin/outside": {[]string{"hub"}, []string{"github.com/coreos/go-oidc/v3", "golang.org/x/oauth2", "golang.org/x/sync"},
		"the only one who talks to the identity provider, and it knows no person"},
	"api/signin/outside/issuertest": {nil, []string{"github.com/coreos/go-oidc/v3"}, "a provider for tests"},
	"api/web":                       {[]string{"hub/...", "api/guard", "api/signin", "api/signin/outside"}, []string{"github.com/boombuler/barcode"}, "pages"},
	"api/guard":                     {nil, []string{"github.com/go-chi/httprate"}, "stands before every handler and knows none"},

	"config":              {nil, []string{"github.com/goccy/go-yaml", "github.com/caarlos0/env/v11"}, "only cmd imports it and passes values on"},
	"cmd/eblagh":          {[]string{every}, []string{every}, "the only wiring"},
	"cmd/eblagh/devstack": {nil, nil, "serves tests of every package, so it knows none"},
	"cmd/eblagh/seed":     {[]string{"hub/..."}, nil, "demo data go in through the domain"},
	"cmd/eblagh/bench": {[]string{"hub/...", "hub/postgres", "cmd/eblagh/devstack", "api/signin", "channels/sms/smpp/smsctest"},
		[]string{pgx, asynq, redis, "github.com/gorilla/websocket", "golang.org/x/sync", "golang.org/x/mod/sumdb/tlog",
			"github.com/linxGnu/gosmpp", "github.com/HdrHistogram/hdrhistogram-go"},
		"exempt: its baselines use pgx and asynq directly"},
	"cmd/eblagh/endtoend": {nil, nil, "tests only, from outside"},
}

// banned modules may be reached, even through others, by these packages only.
var banned = map[string][]string{
	pgx:   {"hub/postgres", "hub/postgres/pgtest", "hub/postgres/pgtest/withstack", "cmd/eblagh", "cmd/eblagh/bench"},
	asynq: {"queue", "cmd/eblagh", "cmd/eblagh/bench"},
}

// notDomain is what "hub/..." leaves out.
var notDomain = []string{"hub/postgres", "hub/hubtest", "hub/ledger/ledgertest"}

// pkg is what `go list -json` tells of a package.
type pkg struct {
	ImportPath    string
	Imports, Deps []string
}

func TestImportTable(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", "-json=ImportPath,Imports,Deps", "./...").Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			t.Fatalf("go list: %s", exit.Stderr)
		}
		t.Fatal(err)
	}
	var own []pkg
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		if err := d.Decode(&p); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if _, ok := ownPath(p.ImportPath); ok {
			own = append(own, p)
		}
	}
	if len(own) < 10 {
		t.Fatalf("go list names %d packages of ours", len(own))
	}
	for _, p := range own {
		for _, violation := range violations(p) {
			t.Error(violation)
		}
	}
}

// TestImportTableRefuses shows that each rule of the table can fail.
func TestImportTableRefuses(t *testing.T) {
	for name, p := range map[string]pkg{
		"a package without a row":      {ImportPath: "eblagh/util"},
		"third party in hub":           {ImportPath: "eblagh/hub", Imports: []string{"github.com/google/uuid"}},
		"the domain knows postgres":    {ImportPath: "eblagh/hub/dispatch", Imports: []string{"eblagh/hub/postgres"}},
		"the wire knows the queue":     {ImportPath: "eblagh/api", Imports: []string{"eblagh/queue"}},
		"the wire knows postgres":      {ImportPath: "eblagh/api/web", Imports: []string{"eblagh/hub/postgres"}},
		"the wire knows test helpers":  {ImportPath: "eblagh/api", Imports: []string{"eblagh/hub/hubtest"}},
		"a channel knows another":      {ImportPath: "eblagh/channels/sms", Imports: []string{"eblagh/channels/live"}},
		"config outside cmd":           {ImportPath: "eblagh/hub/rules", Imports: []string{"eblagh/config"}},
		"pgx through another module":   {ImportPath: "eblagh/api/signin", Deps: []string{pgx + "/pgconn"}},
		"asynq through another module": {ImportPath: "eblagh/channels/live", Deps: []string{asynq}},
		"a prefix is not a package":    {ImportPath: "eblagh/queue", Imports: []string{redis + "0"}},
	} {
		if len(violations(p)) == 0 {
			t.Errorf("not refused: %s", name)
		}
	}
	if v := violations(pkg{ImportPath: "eblagh/queue", Imports: []string{"context", "eblagh/hub", asynq}, Deps: []string{asynq}}); len(v) > 0 {
		t.Errorf("refused without need: %v", v)
	}
}

// violations names every import of the package that its row does not allow.
func violations(p pkg) []string {
	name, _ := ownPath(p.ImportPath)
	if name == "" {
		return nil // this test's own folder
	}
	r, ok := table[name]
	if !ok {
		return []string{name + " has no row in the import table"}
	}
	var out []string
	refuse := func(imported, why string) { out = append(out, name+" may not import "+imported+": "+why) }
	for _, imported := range p.Imports {
		if path, ok := ownPath(imported); ok {
			if !slices.ContainsFunc(r.own, func(allowed string) bool { return allows(allowed, path) }) {
				refuse(path, r.reason)
			}
		} else if thirdParty(imported) && !slices.ContainsFunc(r.third, func(module string) bool { return within(module, imported) }) {
			refuse(imported, r.reason)
		}
	}
	for module, exempt := range banned {
		if !slices.Contains(exempt, name) && slices.ContainsFunc(p.Deps, func(dep string) bool { return within(module, dep) }) {
			refuse(module, "not even through others")
		}
	}
	return out
}

func allows(allowed, path string) bool {
	switch allowed {
	case every, path:
		return true
	case "hub/...":
		return within("hub", path) && !slices.ContainsFunc(notDomain, func(not string) bool { return within(not, path) })
	}
	return false
}

func within(parent, path string) bool {
	return parent == every || path == parent || strings.HasPrefix(path, parent+"/")
}

func ownPath(path string) (string, bool) {
	if path == "eblagh" {
		return "", true
	}
	return strings.CutPrefix(path, "eblagh/")
}

// thirdParty tells modules from the standard library: their first element is a host.
func thirdParty(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return strings.Contains(first, ".")
}
