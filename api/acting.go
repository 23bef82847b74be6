package api

import (
	"net/http"

	"eblagh/hub"
	"eblagh/hub/access"
)

// headerActing names the legal person that a representative acts for in this call. Without it they act for themselves.
const headerActing = "Acting-For"

// errActing is one answer for legal persons whom the caller does not represent and for those that do not exist.
var errActing = refuseField(hub.CodeForbidden, "/header/Acting-For", "not-represented", "you do not act for this legal person")

// ActFor gives the caller as who they act for in this call.
func ActFor(r *http.Request, p access.Principal) (access.Principal, error) {
	text := r.Header.Get(headerActing)
	if text == "" || p.Kind == access.Nobody {
		return p, nil
	}
	id, err := hub.ParseID(text)
	if err != nil {
		return access.Principal{}, errActing
	}
	acting, ok := p.ActFor(id)
	if !ok {
		return access.Principal{}, errActing
	}
	return acting, nil
}
