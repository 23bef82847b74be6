package gateway

import (
	"net/http"

	"eblagh/hub"
)

var (
	sources  = map[string]bool{"mobile": true, "text": true, "sender": true, "id": true}
	outcomes = map[hub.Outcome]bool{hub.OutcomeAccepted: true, hub.OutcomeDelivered: true, hub.OutcomeDeferred: true,
		hub.OutcomeRejected: true, hub.OutcomeUnknown: true}
	reasons = map[hub.Reason]bool{hub.ReasonNone: true, hub.ReasonNoOutcome: true, hub.ReasonBadNumber: true,
		hub.ReasonUnreachable: true, hub.ReasonThrottled: true, hub.ReasonBlocked: true, hub.ReasonProvider: true,
		hub.ReasonExpired: true}
)

var (
	accepted  = Result{hub.OutcomeAccepted, hub.ReasonNone}
	throttled = Result{hub.OutcomeDeferred, hub.ReasonThrottled}
	elsewhere = Result{hub.OutcomeDeferred, hub.ReasonProvider} // not taken, for no fault of the text
	refused   = Result{hub.OutcomeRejected, hub.ReasonProvider}
	silent    = Result{hub.OutcomeUnknown, hub.ReasonNoOutcome}
	puzzling  = Result{hub.OutcomeUnknown, hub.ReasonProvider}
)

// byStatus is what an HTTP status alone means for the text (RFC 9110 §15). What is the account's, the address's or the
// moment's fault is deferred, so that another provider may take the text; what says that the call was not understood is
// rejected; what leaves open whether the text was taken is unknown.
func byStatus(status int) Result {
	switch status {
	case http.StatusTooManyRequests, http.StatusServiceUnavailable, http.StatusTooEarly:
		return throttled
	case http.StatusBadRequest, http.StatusUnprocessableEntity, http.StatusRequestEntityTooLarge,
		http.StatusRequestURITooLong, http.StatusRequestHeaderFieldsTooLarge:
		return refused
	case http.StatusRequestTimeout, http.StatusGatewayTimeout, http.StatusBadGateway:
		return silent
	case http.StatusConflict: // it may know the id from an earlier call
		return puzzling
	case http.StatusNotImplemented, http.StatusHTTPVersionNotSupported:
		return elsewhere
	}
	switch {
	case status >= 200 && status < 300:
		return accepted
	case status >= 300 && status < 500:
		return elsewhere
	}
	return puzzling
}

// byAnswer adds what the answer's text says. A word decides over a status that leaves no doubt; it never turns a
// refusal into an acceptance.
func (g *Gateway) byAnswer(status int, text []byte) (Result, string) {
	r := byStatus(status)
	value, err := parse(text)
	if r != accepted && (err != nil || status < 400 || status >= 500 || r.Outcome == hub.OutcomeUnknown || r == throttled) {
		return r, ""
	}
	if err != nil {
		return puzzling, ""
	}
	said, known := g.o.Words[textAt(value, g.o.Message.Word)]
	known = known && g.o.Message.Word != ""
	switch {
	case r != accepted && !known:
		return r, ""
	case r != accepted && taken(said):
		return puzzling, ""
	case known:
		r = said
	case g.o.Message.Word != "":
		return puzzling, ""
	}
	if !taken(r) {
		return r, ""
	}
	id := textAt(value, g.o.Message.ID)
	if id == "" {
		return puzzling, ""
	}
	return r, id
}

func taken(r Result) bool {
	return r.Outcome == hub.OutcomeAccepted || r.Outcome == hub.OutcomeDelivered
}
