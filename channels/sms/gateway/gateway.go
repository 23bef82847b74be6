package gateway

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"eblagh/hub"
)

// mostBytes bounds every answer and callback that is read.
const mostBytes = 1 << 20

// Options are what a Gateway works with. Name, URL, Body, Message, Clock and Logger are needed.
type Options struct {
	Name    string
	URL     string            // where texts are posted
	Headers map[string]string // of every call, secrets among them
	Sender  string            // the named header that texts come from
	Body    map[string]string // the gateway's field name → one of mobile, text, sender, id
	Mobile  string            // how numbers are written: e164 (+98…, also ""), digits (98…) or local (0…)
	Message Pointers          // into the answer to a text; Word may be empty: a good HTTP status is enough
	Words   map[string]Result // what the gateway's status words mean, in answers and reports
	Window  int               // calls under way at once; 0: 10
	Timeout time.Duration     // of one call; 0: 10 s

	Status   Status   // polling
	Callback Callback // being told

	Transport http.RoundTripper // nil: one of its own
	Clock     hub.Clock
	Logger    *slog.Logger
	Report    func(context.Context, []hub.Report) error // takes reports; nil: nobody wants them
	// Former gives the ids, oldest first and so many at most, of texts that left before the start and have no report yet: they
	// are asked for as well. nil: there are none.
	Former func(ctx context.Context, most int) ([]string, error)
}

// Pointers say where things stand in the gateway's JSON.
type Pointers struct {
	Items string // of the list; "" is the whole text, which may also be a single item. Not used in answers to a text
	ID    string // of the message id, in the item
	Word  string // of the status word, in the item
}

// Status says how reports are asked for. Without a URL they are not.
type Status struct {
	URL   string
	IDs   string // name of the field that takes the list of ids
	At    Pointers
	Every time.Duration // how often an id is asked for; 0: 30 s
	For   time.Duration // how long; 0: 24 h
	Batch int           // ids in one call; 0: 100
}

// Callback says how the gateway tells of reports. Without a secret it may not.
type Callback struct {
	Header string // that carries the secret
	Secret string
	At     Pointers
}

// Result is what a status word means.
type Result struct {
	Outcome hub.Outcome
	Reason  hub.Reason
}

// Gateway implements hub.Sender.
type Gateway struct {
	o       Options
	client  *http.Client
	waiting waiting
}

// New makes a gateway. Errors: every setting that is not right, joined; no value that could be a secret is in them.
func New(o Options) (*Gateway, error) {
	o.Window, o.Timeout = cmp.Or(o.Window, 10), cmp.Or(o.Timeout, 10*time.Second)
	o.Status.Every = cmp.Or(o.Status.Every, 30*time.Second)
	o.Status.For, o.Status.Batch = cmp.Or(o.Status.For, 24*time.Hour), cmp.Or(o.Status.Batch, 100)
	if err := o.check(); err != nil {
		return nil, err
	}
	if o.Transport == nil {
		o.Transport = &http.Transport{Proxy: http.ProxyFromEnvironment, MaxConnsPerHost: 2 * o.Window,
			MaxIdleConnsPerHost: o.Window, IdleConnTimeout: 30 * time.Second, TLSHandshakeTimeout: o.Timeout,
			MaxResponseHeaderBytes: 64 << 10}
	}
	return &Gateway{o: o, waiting: waiting{most: mostWaiting}, client: &http.Client{Transport: o.Transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}, nil
}

func (o *Options) check() error {
	var errs []error
	wrong := func(bad bool, what string) {
		if bad {
			errs = append(errs, errors.New(what))
		}
	}
	wrong(!webAddress(o.URL), "url must be http(s)://host…")
	wrong(o.Status.URL != "" && !webAddress(o.Status.URL), "status.url must be http(s)://host…")
	wrong(o.Status.URL != "" && (o.Status.IDs == "" || o.Status.At.ID == "" || o.Status.At.Word == ""), "status needs ids, id and word")
	wrong(o.Callback.Secret != "" && (o.Callback.Header == "" || o.Callback.At.ID == "" || o.Callback.At.Word == ""),
		"callback needs header, id and word")
	wrong(o.Message.ID == "", "message.id is needed: reports are matched by it")
	wrong(o.Mobile != "" && o.Mobile != "e164" && o.Mobile != "digits" && o.Mobile != "local", "mobile must be e164, digits or local")
	wrong(o.Window < 0 || o.Timeout < 0 || o.Status.Every < 0 || o.Status.For < 0 || o.Status.Batch < 0, "numbers must not be negative")
	for _, p := range []Pointers{o.Message, o.Status.At, o.Callback.At} {
		wrong(!p.valid(), "a JSON pointer starts with /")
	}
	uses := map[string]bool{}
	for field, source := range o.Body {
		wrong(!sources[source], fmt.Sprintf("body.%s must be one of mobile, text, sender, id", field))
		uses[source] = true
	}
	wrong(!uses["mobile"] || !uses["text"], "body must name the fields for mobile and text")
	for word, r := range o.Words {
		wrong(!outcomes[r.Outcome] || !reasons[r.Reason], fmt.Sprintf("words.%s: no such outcome or reason", word))
	}
	return errors.Join(errs...)
}

func webAddress(text string) bool {
	u, err := url.Parse(text)
	return err == nil && u.Host != "" && (u.Scheme == "http" || u.Scheme == "https")
}

// Name implements hub.Sender.
func (g *Gateway) Name() string { return g.o.Name }

// Window implements hub.Sender.
func (g *Gateway) Window() int { return g.o.Window }

// Close lets go of idle connections.
func (g *Gateway) Close() { g.client.CloseIdleConnections() }
