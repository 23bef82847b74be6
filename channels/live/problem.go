package live

import (
	"encoding/json"
	"net/http"

	"eblagh/hub"
)

// problem is a refusal before the upgrade, RFC 9457, in the shape that the rest of the wire has.
type problem struct {
	Type   string      `json:"type"`
	Title  string      `json:"title"`
	Status int         `json:"status"`
	Detail string      `json:"detail,omitempty"`
	Errors []hub.Field `json:"errors,omitempty"`
}

func refuse(w http.ResponseWriter, status int, e *hub.Error) {
	p := problem{Type: "https://eblagh.invalid/problems/" + string(e.Code), Title: http.StatusText(status),
		Status: status, Detail: e.Detail, Errors: e.Fields}
	if status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "2")
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(p) // who does not listen any more has no problem
}

// refuseUnknown answers who could not prove who they are, and faults, of which nothing is told.
func refuseUnknown(w http.ResponseWriter, err error) {
	switch hub.CodeOf(err) {
	case hub.CodeUnauthorized:
		refuse(w, http.StatusUnauthorized, hub.Refuse(hub.CodeUnauthorized, "sign in first"))
	case hub.CodeForbidden, hub.CodeNotFound:
		refuse(w, http.StatusForbidden, hub.Refuse(hub.CodeForbidden, "only a person's own session has a live channel"))
	case hub.CodeOverloaded:
		refuse(w, http.StatusServiceUnavailable, hub.Refuse(hub.CodeOverloaded, "not at the moment; try again"))
	default:
		refuse(w, http.StatusInternalServerError, hub.Refuse(hub.CodeInternal, ""))
	}
}
