package main

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"eblagh/hub"
	"eblagh/hub/postgres/pgtest"
)

// alertRules is a rules file of Prometheus.
type alertRules struct {
	Groups []struct {
		Name  string
		Rules []struct {
			Alert, Expr, For    string
			Labels, Annotations map[string]string
		}
	}
}

// Every rule reads as PromQL, and every metric that it names is exported, with the labels that it asks for.
func TestAlertsNameWhatIsExported(t *testing.T) {
	text, err := os.ReadFile("../../docs/operations/alerts.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var file alertRules
	if err := yaml.UnmarshalWithOptions(text, &file, yaml.Strict()); err != nil {
		t.Fatal(err)
	}
	exported := exportedLabels(t)
	rules, names := 0, map[string]bool{}
	for _, group := range file.Groups {
		for _, rule := range group.Rules {
			rules++
			if rule.Alert == "" || names[rule.Alert] || rule.Annotations["summary"] == "" || rule.Labels["severity"] == "" {
				t.Errorf("rule %q is not whole, or comes twice", rule.Alert)
			}
			names[rule.Alert] = true
			if _, err := time.ParseDuration(rule.For); err != nil {
				t.Errorf("%s: for: %v", rule.Alert, err)
			}
			used, err := parsePromQL(rule.Expr)
			if err != nil {
				t.Errorf("%s: %v", rule.Alert, err)
			}
			for metric, labels := range used {
				known, ok := exported[metric]
				if !ok {
					t.Errorf("%s: nobody exports %s", rule.Alert, metric)
				}
				for _, label := range labels {
					if !slices.Contains(known, label) {
						t.Errorf("%s: %s has no label %s", rule.Alert, metric, label)
					}
				}
			}
		}
	}
	if rules < 15 {
		t.Errorf("%d rules", rules)
	}
}

var series = regexp.MustCompile(`(?m)^([a-z_]+)(?:\{([^}]*)\})? `)

// exportedLabels reads what a worker that did a little of everything exports: each series with its labels.
func exportedLabels(t *testing.T) map[string][]string {
	t.Helper()
	app, _ := startApp(t, withRedis(t, settings(t, pgtest.URL(t))), allParts)
	m := app.metrics
	m.Accepted(hub.PriorityNormal, 1)
	m.Moved(hub.ChannelSMS, hub.DeliverySent, 1)
	m.Attempted("sandbox", hub.OutcomeAccepted, "", 1)
	m.Arrived(hub.PriorityUrgent, time.Second)
	m.Retried(hub.PriorityBulk, 1)
	m.Reached(hub.PriorityNormal, time.Minute)
	m.refused.WithLabelValues("turn").Inc()
	m.observe("submitNotice", 201, time.Second)
	l := &loaded{T: t, app: app, sql: superuser(t)}
	l.submit(l.court(), hub.PriorityNormal, 3, l.people(1, "+989120000001")) // so that lanes have deliveries
	exported := map[string][]string{}
	l.await("deliveries in the figures", 30*time.Second, func() bool {
		_, text := get(t, app.AdminAddr(), "/metrics")
		for _, line := range series.FindAllStringSubmatch(text, -1) {
			var labels []string
			for _, pair := range regexp.MustCompile(`([a-z_]+)="`).FindAllStringSubmatch(line[2], -1) {
				labels = append(labels, pair[1])
			}
			exported[line[1]] = labels
		}
		return exported["eblagh_queue_deliveries"] != nil
	})
	return exported
}

// parsePromQL reads the part of PromQL that the rules use, and gives each series with the labels asked of it.
func parsePromQL(text string) (map[string][]string, error) {
	token := regexp.MustCompile(`\s*("[^"]*"|[a-zA-Z_][a-zA-Z0-9_]*|[0-9.]+[smhd]?|==|!=|=~|!~|>=|<=|[-+*/<>=(){}\[\],])`)
	p := &promQL{used: map[string][]string{}}
	for rest := text; strings.TrimSpace(rest) != ""; {
		at := token.FindStringSubmatchIndex(rest)
		if at == nil || at[0] != 0 {
			return nil, fmt.Errorf("no token at %q", rest)
		}
		p.tokens, rest = append(p.tokens, rest[at[2]:at[3]]), rest[at[1]:]
	}
	if err := p.expression(); err != nil {
		return nil, err
	}
	if len(p.tokens) > 0 {
		return nil, fmt.Errorf("%v is left over", p.tokens)
	}
	return p.used, nil
}

type promQL struct {
	tokens []string
	used   map[string][]string
	inside []string // labels that the aggregation around asks for
}

func (p *promQL) peek() string {
	if len(p.tokens) == 0 {
		return ""
	}
	return p.tokens[0]
}

func (p *promQL) next() string {
	t := p.peek()
	if t != "" {
		p.tokens = p.tokens[1:]
	}
	return t
}

func (p *promQL) expect(want string) error {
	if got := p.next(); got != want {
		return fmt.Errorf("%q, want %q", got, want)
	}
	return nil
}

func (p *promQL) expression() error {
	for {
		if err := p.operand(); err != nil {
			return err
		}
		if !slices.Contains([]string{"+", "-", "*", "/", ">", "<", "==", "!=", ">=", "<=", "and", "or", "unless"}, p.peek()) {
			return nil
		}
		p.next()
	}
}

var word = regexp.MustCompile(`^[a-z_][a-z0-9_]*$`)

func (p *promQL) operand() error {
	switch t := p.next(); {
	case t == "(":
		return errors.Join(p.expression(), p.expect(")"))
	case t != "" && t[0] >= '0' && t[0] <= '9':
		return nil
	case slices.Contains([]string{"sum", "max", "min"}, t):
		return p.aggregation()
	case t == "rate":
		return errors.Join(p.expect("("), p.selector(p.next(), true), p.expect(")"))
	case t == "histogram_quantile":
		return errors.Join(p.expect("("), p.operand(), p.expect(","), p.expression(), p.expect(")"))
	case word.MatchString(t):
		return p.selector(t, false)
	default:
		return fmt.Errorf("%q begins nothing", t)
	}
}

func (p *promQL) aggregation() error {
	around := p.inside
	if p.peek() == "by" {
		p.next()
		if err := p.expect("("); err != nil {
			return err
		}
		for p.peek() != ")" && p.peek() != "" {
			if label := p.next(); label != "," {
				p.inside = append(slices.Clone(p.inside), label)
			}
		}
		p.next()
	}
	err := errors.Join(p.expect("("), p.expression(), p.expect(")"))
	p.inside = around
	return err
}

func (p *promQL) selector(metric string, ranged bool) error {
	labels := slices.Clone(p.inside)
	if p.peek() == "{" {
		for p.next(); p.peek() != "}"; {
			label, op, value := p.next(), p.next(), p.next()
			if !word.MatchString(label) || !slices.Contains([]string{"=", "!=", "=~", "!~"}, op) || !strings.HasPrefix(value, `"`) {
				return fmt.Errorf("%s has a broken matcher: %s%s%s", metric, label, op, value)
			}
			labels = append(labels, label)
			if p.peek() == "," {
				p.next()
			}
		}
		p.next()
	}
	p.used[metric] = append(p.used[metric], labels...)
	if !ranged {
		return nil
	}
	if err := p.expect("["); err != nil {
		return err
	}
	if span := p.next(); !regexp.MustCompile(`^[0-9]+[smhd]$`).MatchString(span) {
		return fmt.Errorf("%q is no span", span)
	}
	return p.expect("]")
}

func TestBrokenRulesAreFound(t *testing.T) {
	for _, expr := range []string{"", "max(", "max(x", "rate(x)", "rate(x[5])", "x{a=b}", `x{a="b"`, "sum by x (y)", "> 3", "x >", "x y", "ra te(x[5m])"} {
		if _, err := parsePromQL(expr); err == nil {
			t.Errorf("%q was read", expr)
		}
	}
}
