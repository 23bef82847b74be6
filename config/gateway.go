package config

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"
)

// HTTP is a provider that is reached by HTTP, with JSON: how it names things is told here.
type HTTP struct {
	URL         string            `yaml:"url"`          // where texts are posted
	Headers     map[string]string `yaml:"headers"`      // of every call; nothing secret
	HeaderFiles map[string]string `yaml:"header_files"` // the same, each value in a file of its own: the secret ones
	Body        map[string]string `yaml:"body"`         // the provider's field: mobile, text, sender or id
	Mobile      string            `yaml:"mobile"`       // how numbers are written: e164, digits or local
	ID          string            `yaml:"id"`           // JSON pointer to the message id in the answer
	Status      string            `yaml:"status"`       // JSON pointer to the status word; empty: the HTTP status is enough
	Words       map[string]string `yaml:"words"`        // status word: outcome, or outcome and reason, as in "rejected blocked"
	Window      int               `yaml:"window"`       // calls under way at once
	Timeout     time.Duration     `yaml:"timeout"`      // of one call
	Poll        HTTPPoll          `yaml:"poll"`
	Callback    HTTPCallback      `yaml:"callback"`
}

// HTTPPoll says how to ask what became of texts. Without a url nobody asks.
type HTTPPoll struct {
	URL    string        `yaml:"url"`
	IDs    string        `yaml:"ids"`    // the field that takes the list of message ids
	Items  string        `yaml:"items"`  // JSON pointer to the list in the answer
	ID     string        `yaml:"id"`     // JSON pointer in an item
	Status string        `yaml:"status"` // the same
	Every  time.Duration `yaml:"every"`
	For    time.Duration `yaml:"for"`   // from sending on
	Batch  int           `yaml:"batch"` // ids in one call
}

// HTTPCallback says how the provider tells what became of texts, at /callbacks/NAME. Without a secret it may not.
type HTTPCallback struct {
	Header     string `yaml:"header"` // that carries the secret
	SecretFile string `yaml:"secret_file"`
	Items      string `yaml:"items"`
	ID         string `yaml:"id"`
	Status     string `yaml:"status"`
}

// Secrets reads the files with secrets: headers by name, and what callbacks carry. Errors name the setting and the path.
func (h HTTP) Secrets() (headers map[string]Secret, callback Secret, err error) {
	headers = map[string]Secret{}
	for _, name := range slices.Sorted(maps.Keys(h.HeaderFiles)) {
		if headers[name], err = readSecret("header_files."+name, h.HeaderFiles[name]); err != nil {
			return nil, "", err
		}
	}
	if h.Callback.SecretFile != "" {
		callback, err = readSecret("callback.secret_file", h.Callback.SecretFile)
	}
	return headers, callback, err
}

func readSecret(key, path string) (Secret, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("%s: %s: cannot be read", key, path)
	}
	secret := strings.TrimSpace(string(text))
	if secret == "" || strings.ContainsAny(secret, "\r\n") {
		return "", fmt.Errorf("%s: %s: must be one line", key, path)
	}
	return Secret(secret), nil
}

// check looks at what can be seen here; what the words mean is checked where they are used, also before the start.
func (h HTTP) check(key, mode string, p *problems) {
	checkWeb(key+"url", h.URL, mode, p)
	if h.Poll.URL != "" {
		checkWeb(key+"poll.url", h.Poll.URL, mode, p)
	}
	for name, pointer := range map[string]string{"id": h.ID, "poll.id": h.Poll.ID, "callback.id": h.Callback.ID,
		"status": h.Status, "poll.status": h.Poll.Status, "callback.status": h.Callback.Status,
		"poll.items": h.Poll.Items, "callback.items": h.Callback.Items} {
		if pointer != "" && pointer[0] != '/' {
			p.add(key+name, fmt.Sprintf("%q", pointer), "must be a JSON pointer, as in /entries/0/messageid")
		}
	}
	if h.ID == "" {
		p.add(key+"id", `""`, "reports are matched by it")
	}
	if h.Window < 0 || h.Timeout < 0 || h.Poll.Every < 0 || h.Poll.For < 0 || h.Poll.Batch < 0 {
		p.add(key+"window, timeout, poll", "?", "must not be negative")
	}
	for _, name := range []string{"Content-Type", "Content-Length", "Host", "Idempotency-Key", "X-Idempotency-Key"} {
		for given := range h.Headers {
			if http.CanonicalHeaderKey(given) == name {
				p.add(key+"headers."+given, "?", "is set by the hub, or not at all")
			}
		}
	}
	if _, _, err := h.Secrets(); err != nil {
		p.add(strings.TrimSuffix(key, "."), "?", err.Error())
	}
}

// checkWeb wants an address, and in a live instance one that encrypts what persons are sent.
func checkWeb(key, value, mode string, p *problems) {
	u, err := url.Parse(value)
	switch {
	case err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https"):
		p.add(key, "?", "must be http(s)://host…")
	case u.User != nil || u.RawQuery != "":
		p.add(key, "?", "must hold no secret: put it into header_files")
	case mode == "live" && u.Scheme != "https":
		p.add(key, "?", "a live instance needs https: texts and numbers go there")
	}
}
