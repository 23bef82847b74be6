package main

import (
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"eblagh/channels/sms/gateway"
	"eblagh/config"
	"eblagh/hub/postgres/pgtest"
)

// withGateway adds a provider of kind http to the settings.
func withGateway(t *testing.T, c *config.Config) {
	t.Helper()
	key := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(key, []byte("s3cret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c.SMS.Providers = append(c.SMS.Providers, config.Provider{Name: "kav", Kind: "http", Weight: 1, HTTP: config.HTTP{
		URL: "http://127.0.0.1:1/send", Body: map[string]string{"receptor": "mobile", "message": "text"}, ID: "/id",
		Words:    map[string]string{"10": "delivered", "14": "rejected blocked"},
		Callback: config.HTTPCallback{Header: "X-Callback-Secret", SecretFile: key, ID: "/id", Status: "/status"}}})
}

func TestAnHTTPProviderTellsAtItsCallback(t *testing.T) {
	pgtest.New(t)
	c := settings(t, pgtest.URL(t))
	withGateway(t, &c)
	app, log := startApp(t, c, partList{api: true, worker: true})
	for _, call := range []struct {
		path, secret string
		want         int
	}{{"kav", "s3cret", 204}, {"kav", "s3cret", 204}, {"kav", "wrong", 401}, {"sandbox", "s3cret", 404}, {"none", "s3cret", 404}} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+app.Addr().String()+"/callbacks/"+call.path,
			strings.NewReader(`{"id": 7, "status": 10}`))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("X-Callback-Secret", call.secret)
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		if err := answer.Body.Close(); err != nil || answer.StatusCode != call.want {
			t.Errorf("%s %s: %d, %v", call.path, call.secret, answer.StatusCode, err)
		}
	}
	if strings.Contains(log.String(), "s3cret") {
		t.Error("the secret is logged")
	}
	_, figures := get(t, app.AdminAddr(), "/metrics")
	for _, want := range []string{`eblagh_provider_open{provider="kav"} 0`, `eblagh_provider_open{provider="sandbox"} 0`,
		`route="/callbacks/{provider}",status="204"`} {
		if !strings.Contains(figures, want) {
			t.Errorf("no %s", want)
		}
	}
}

// TestTheExampleOpens holds what only the gateway itself checks: fields, words and their meanings.
func TestTheExampleOpens(t *testing.T) {
	text, err := os.ReadFile("../../docs/example/sms-gateway.yaml")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir() + "/"
	for name, content := range map[string]string{"gateway": "x", "callback": "x",
		"eblagh.yaml": strings.ReplaceAll(string(text), "/etc/eblagh/secrets/", dir)} {
		if err := os.WriteFile(dir+name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c, err := config.Load(config.Defaults(), dir+"eblagh.yaml", nil)
	if err != nil {
		t.Fatal(err)
	}
	g, err := openGateway(c.SMS.Providers[0], c.SMS.Sender, slog.New(slog.DiscardHandler), nil, nil)
	if err != nil || !g.Tells() {
		t.Errorf("%v", err)
	}
}

func TestStatusWordsMean(t *testing.T) {
	got, err := meanings(map[string]string{"10": "delivered", "14": " rejected  blocked "})
	if err != nil || got["10"] != (gateway.Result{Outcome: "delivered"}) || got["14"] != (gateway.Result{Outcome: "rejected", Reason: "blocked"}) {
		t.Errorf("%v, %v", got, err)
	}
	for _, text := range []string{"", "rejected blocked twice"} {
		if _, err := meanings(map[string]string{"1": text}); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
}
