package smpp

import (
	"cmp"
	"context"
	"log/slog"
	"net"
	"time"

	"eblagh/hub"
)

// IDForm says how the ids in delivery reports differ from those that answered submit_sm.
type IDForm string

// The forms.
const (
	IDSame    IDForm = ""        // or nothing but case and leading zeros
	IDDecimal IDForm = "decimal" // reports write in decimal what was answered in hexadecimal
	IDHex     IDForm = "hex"     // the other way round
)

// Options are what a Provider works with. Name, Addr, SystemID, Password, Sender, Logger and Random are needed.
type Options struct {
	Name     string
	Addr     string // host:port
	SystemID string
	Password string // never logged
	Sender   string // letters, or a number
	Binds    int    // connections; 0: 1
	Window   int    // parts without an answer per connection; 0: 10
	IDForm   IDForm

	EnquireLink time.Duration  // between two questions; 0: 30 s
	Answer      time.Duration  // how long an answer may take; 0: 10 s
	Backoff     time.Duration  // before the second try to connect, doubled up to sixty times it; 0: 1 s
	Pause       time.Duration  // of a throttled connection, doubled each time in turn; 0: 1 s
	Patience    time.Duration  // how long a text waits for a connection; 0: 3 s
	Zone        *time.Location // of the times in reports; nil: they are not used

	Logger *slog.Logger
	Random func() float64 // in [0, 1), safe for concurrent use; spreads the back-off
	// Report takes what came; nil: nobody wants it. After an error the message centre is asked to bring it again.
	Report func(context.Context, []hub.Report) error
	// Settle takes the outcomes of texts that were unknown until their answer came late; nil: nobody wants them.
	Settle func(context.Context, []hub.Sent) error
	Dial   func(ctx context.Context, addr string) (net.Conn, error) // nil: TCP
}

// String names the provider and no more: the password is not for logs.
func (o Options) String() string { return "smpp provider " + o.Name }

// GoString hides it from %#v.
func (o Options) GoString() string { return o.String() }

func (o Options) withDefaults() Options {
	o.Binds, o.Window = cmp.Or(o.Binds, 1), cmp.Or(o.Window, 10)
	o.EnquireLink = cmp.Or(o.EnquireLink, 30*time.Second)
	o.Answer = cmp.Or(o.Answer, 10*time.Second)
	o.Backoff, o.Pause = cmp.Or(o.Backoff, time.Second), cmp.Or(o.Pause, time.Second)
	o.Patience = cmp.Or(o.Patience, 3*time.Second)
	if o.Report == nil {
		o.Report = func(context.Context, []hub.Report) error { return nil }
	}
	if o.Settle == nil {
		o.Settle = func(context.Context, []hub.Sent) error { return nil }
	}
	if o.Dial == nil {
		o.Dial = func(ctx context.Context, addr string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "tcp", addr)
		}
	}
	return o
}
