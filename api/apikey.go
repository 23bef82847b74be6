package api

import (
	"context"
	"net/http"
	"time"

	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/enrol"
)

// APIKeys keeps the keys of systems. *enrol.Enroller implements it.
type APIKeys interface {
	Keys(ctx context.Context, p access.Principal, before hub.ID, limit int) ([]enrol.ListedKey, error)
	RotateKey(ctx context.Context, p access.Principal, id hub.ID, overlap time.Duration) (string, enrol.ListedKey, error)
	EndKey(ctx context.Context, p access.Principal, id hub.ID) error
}

// APIKey is a system's key; its secret is told when it is made or rotated, and never again.
type APIKey struct {
	ID             string     `json:"id" format:"uuid"`
	Name           string     `json:"name"`
	Role           string     `json:"role"`
	OrganisationID string     `json:"organisation_id,omitempty" format:"uuid"`
	Mode           string     `json:"mode" enum:"live,test"`
	Scopes         []string   `json:"scopes"`
	CreatedAt      time.Time  `json:"created_at"`
	ExpiresAt      time.Time  `json:"expires_at"`
	OverlapUntil   *time.Time `json:"overlap_until,omitempty" doc:"until when the secret before the last rotation holds"`
	LastUsedAt     *time.Time `json:"last_used_at,omitempty" doc:"to the minute"`
	RevokedAt      *time.Time `json:"revoked_at,omitempty"`
}

func viewKey(k enrol.ListedKey) APIKey {
	scopes := make([]string, len(k.Scopes))
	for i, s := range k.Scopes {
		scopes[i] = string(s)
	}
	return APIKey{k.ID.String(), k.Name, string(k.Role), idText(k.Organisation), k.Mode, scopes, k.CreatedAt.UTC(), k.ExpiresAt.UTC(),
		moment(k.OverlapUntil), moment(k.LastUsedAt), moment(k.RevokedAt)}
}

// KeyRotation is the body of POST /v1/api-keys/{id}/rotate.
type KeyRotation struct {
	OverlapHours *int `json:"overlap_hours" minimum:"0" maximum:"720" doc:"how long the secret before still holds; 168 when not given, 0: it ends now"`
}

// RotatedKey is a key with its new secret.
type RotatedKey struct {
	APIKey
	Key string `json:"key" doc:"the secret, this once"`
}

type rotateIn struct {
	PathID
	Body Body[KeyRotation]
}

func (a *api) addAPIKeys() {
	add(a, route{
		method: http.MethodGet, path: "/v1/api-keys", id: "listApiKeys", tag: "keys", who: permitted, action: access.KeyRead,
		summary: "Keys of systems, newest first", about: "Of one's own branch or office; operators and admins see all. Secrets show nowhere.",
	}, a.listKeys)
	rotate := route{
		method: http.MethodPost, path: "/v1/api-keys/{id}/rotate", id: "rotateApiKey", tag: "keys", who: permitted,
		action: access.KeyRotate, payload: payloadJSON, optional: true, status: http.StatusCreated, summary: "Give a key a new secret",
		about: "The new secret is in this answer and nowhere else. The one before holds for the overlap, 30 days at most; while " +
			"one runs, only a rotation with `overlap_hours` 0 is possible, which ends all others at once. The key holds for a year from now. " +
			"Within 30 days of its end, answers to a key carry the header `Sunset` (RFC 8594).",
		refuses: []hub.Code{hub.CodeWrongState},
	}
	add(a, rotate, a.rotateKey)
	a.documented(rotate).RequestBody.Required = false
	add(a, route{
		method: http.MethodDelete, path: "/v1/api-keys/{id}", id: "revokeApiKey", tag: "keys", who: permitted,
		action: access.KeyRevoke, status: http.StatusNoContent, summary: "End a key for good",
		about: "It is refused from this moment on, everywhere.",
	}, a.revokeKey)
}

func (a *api) listKeys(ctx context.Context, in *PageQuery) (*answer[Page[APIKey]], error) {
	before, err := in.afterID()
	if err != nil {
		return nil, err
	}
	limit := in.limit()
	list, err := a.deps.Enroller.Keys(ctx, caller(ctx), before, limit+1)
	if err != nil {
		return nil, err
	}
	next := ""
	if len(list) > limit {
		list = list[:limit]
		next = list[limit-1].ID.String()
	}
	return pageOf(list, next, viewKey), nil
}

func (a *api) rotateKey(ctx context.Context, in *rotateIn) (*answer[RotatedKey], error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	r, err := in.Body.take()
	if err != nil {
		return nil, err
	}
	overlap := enrol.KeyOverlap
	if r.OverlapHours != nil {
		overlap = time.Duration(*r.OverlapHours) * time.Hour
	}
	secret, k, err := a.deps.Enroller.RotateKey(ctx, caller(ctx), id, overlap)
	if err != nil {
		return nil, err
	}
	return &answer[RotatedKey]{RotatedKey{viewKey(k), secret}}, nil
}

func (a *api) revokeKey(ctx context.Context, in *PathID) (*empty, error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	return nil, a.deps.Enroller.EndKey(ctx, caller(ctx), id)
}

// sunsetWithin is how long before its end a key is told of it.
const sunsetWithin = 30 * 24 * time.Hour

// sunset tells a system that its key ends soon, RFC 8594.
func sunset(h http.Header, p access.Principal, now time.Time) {
	if p.Kind == access.Key && !p.Expires.IsZero() && p.Expires.Sub(now) < sunsetWithin {
		h.Set("Sunset", p.Expires.UTC().Format(http.TimeFormat))
	}
}
