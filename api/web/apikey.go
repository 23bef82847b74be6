package web

import (
	"net/http"
	"time"

	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/enrol"
)

// keysLimit is how many keys one page has.
const keysLimit = 25

// keysPage lists the keys of a branch's or office's systems, for who looks after them.
type keysPage struct {
	Items     []keyView
	MayRotate bool
	MayRevoke bool
	Pager     pager
	Form      formView
}

// keyView is one key.
type keyView struct {
	enrol.ListedKey
	State string // of keyStates
}

// keyOverlaps are for how long the secret before may hold after a rotation.
func keyOverlaps() []string { return []string{"week", "day", "month", "none"} }

// overlapOf gives one of keyOverlaps in time.
func overlapOf(word string) (overlap time.Duration, known bool) {
	switch word {
	case "", "week":
		return enrol.KeyOverlap, true
	case "day":
		return 24 * time.Hour, true
	case "month":
		return enrol.LongestOverlap, true
	case "none":
		return 0, true
	}
	return 0, false
}

// keyStates are how a key can stand.
func keyStates() []string { return []string{"holds", "ends_soon", "expired", "revoked"} }

// soon is how long before its end the page points at a key.
const soon = 30 * 24 * time.Hour

func newKeyView(k enrol.ListedKey, now time.Time) keyView {
	state := "holds"
	switch left := k.ExpiresAt.Sub(now); {
	case !k.RevokedAt.IsZero():
		state = "revoked"
	case left <= 0:
		state = "expired"
	case left < soon:
		state = "ends_soon"
	}
	return keyView{k, state}
}

// Overlaps are those of keyOverlaps that can be chosen: while the secret before holds, only to end it.
func (k keyView) Overlaps() []string {
	if !k.OverlapUntil.IsZero() {
		return []string{"none"}
	}
	return keyOverlaps()
}

// InForce reports whether something can be done with the key.
func (k keyView) InForce() bool { return k.State == "holds" || k.State == "ends_soon" }

// keys answers GET /keys?after=.
func (s *site) keys(v *visit) error { return v.showKeys(http.StatusOK, newForm()) }

func (v *visit) showKeys(status int, f *form) error {
	after := v.r.URL.Query().Get("after")
	before, err := hub.ID{}, error(nil)
	if after != "" && v.r.Method == http.MethodGet {
		if before, err = hub.ParseID(after); err != nil {
			return hub.ErrNotFound
		}
	}
	list, err := v.site.deps.Enroller.Keys(v.r.Context(), v.principal, before, keysLimit+1)
	if err != nil {
		return err
	}
	next := ""
	if len(list) > keysLimit {
		list = list[:keysLimit]
		next = list[keysLimit-1].ID.String()
	}
	_, noRotate := access.May(v.principal.Traced(nil), access.KeyRotate)
	_, noRevoke := access.May(v.principal.Traced(nil), access.KeyRevoke)
	data := keysPage{MayRotate: noRotate == nil, MayRevoke: noRevoke == nil, Pager: newPager("/keys", nil, after, next), Form: v.view(f)}
	for _, k := range list {
		data.Items = append(data.Items, newKeyView(k, v.site.deps.Clock()))
	}
	return v.render(status, "keys", data)
}

// secretPage shows a new secret, this once.
type secretPage struct {
	Key    enrol.ListedKey
	Secret string
}

// rotateKey answers POST /keys/{key}/rotate: overlap. Its answer is the one place where the secret ever shows, so it leads nowhere.
func (s *site) rotateKey(v *visit) error {
	id, err := v.id("key")
	if err != nil {
		return err
	}
	f, err := readForm(v.r)
	if err != nil {
		return err
	}
	overlap, known := overlapOf(f.value("overlap"))
	if !known {
		return hub.ErrNotFound
	}
	secret, k, err := s.deps.Enroller.RotateKey(v.r.Context(), v.principal, id, overlap)
	if hub.CodeOf(err) == hub.CodeWrongState {
		f.wrong("", "key_state")
		return v.showKeys(http.StatusConflict, f)
	}
	if err != nil {
		return err
	}
	return v.render(http.StatusOK, "key-secret", secretPage{k, secret})
}

// revokeKey answers POST /keys/{key}/revoke.
func (s *site) revokeKey(v *visit) error {
	id, err := v.id("key")
	if err != nil {
		return err
	}
	if err := s.deps.Enroller.EndKey(v.r.Context(), v.principal, id); err != nil {
		return err
	}
	v.flash("key_revoked")
	return v.redirect("/keys")
}
