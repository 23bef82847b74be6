package api

import (
	"context"
	"encoding/hex"
	"net/http"
	"time"

	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/reading"
	"eblagh/hub/trail"
)

// Looks tells who looked at what. *reading.Reader implements it.
type Looks interface {
	Looks(ctx context.Context, p access.Principal, q reading.LooksQuery) (reading.LooksPage, error)
	Trail(ctx context.Context, p access.Principal, q reading.TrailQuery) (reading.TrailPage, error)
}

// Look is one thing that somebody did with the caller's papers or data.
type Look struct {
	At           time.Time `json:"at"`
	By           string    `json:"by" enum:"person,system" doc:"a person, or a system with a key"`
	Role         string    `json:"role" doc:"in which they did it"`
	Acting       bool      `json:"acting,omitempty" doc:"acting for the legal person whose papers these are"`
	Organisation string    `json:"organisation,omitempty" doc:"the branch or office"`
	Action       string    `json:"action" doc:"of the policy: notice.read, receipt.read and so on"`
	Notices      []string  `json:"notices" format:"uuid" doc:"the caller's papers among what it was about; none: their own data"`
}

func viewLook(l reading.LookRow) Look {
	by := "person"
	if l.Kind == access.Key {
		by = "system"
	}
	return Look{l.At, by, string(l.Role), l.Acting, l.Organisation, string(l.Action), texts(l.Notices)}
}

func texts(ids []hub.ID) []string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = id.String()
	}
	return out
}

// TrailEntry is one line of the trail. Ids only: no names, no addresses.
type TrailEntry struct {
	ID             string    `json:"id" format:"uuid"`
	At             time.Time `json:"at"`
	Hour           time.Time `json:"hour" doc:"under whose digest it is sealed"`
	CallID         string    `json:"call_id" format:"uuid" doc:"the same for all entries of one call; the caller got it as the header Call-Id"`
	Outcome        string    `json:"outcome" enum:"begun,done,refused,failed"`
	Status         int       `json:"status,omitempty" doc:"of the answer; none in the entry of a change that is being made"`
	Kind           string    `json:"kind" enum:"person,key,nobody"`
	PrincipalID    string    `json:"principal_id,omitempty" format:"uuid"`
	ActingFor      string    `json:"acting_for,omitempty" format:"uuid"`
	Role           string    `json:"role,omitempty"`
	OrganisationID string    `json:"organisation_id,omitempty" format:"uuid"`
	Action         string    `json:"action,omitempty"`
	Route          string    `json:"route,omitempty"`
	Ground         string    `json:"ground,omitempty" doc:"role and relation by which the policy allowed it; none when it did not"`
	ObjectKind     string    `json:"object_kind,omitempty"`
	ObjectID       string    `json:"object_id,omitempty" format:"uuid"`
	Objects        []string  `json:"objects" doc:"everything it was about: the object, what a list showed, papers behind deliveries"`
	Persons        []string  `json:"persons" doc:"whose papers or data that is"`
	Count          int       `json:"count" doc:"how many things a list showed, or how many calls of nobody the entry stands for"`
	Place          string    `json:"place,omitempty" enum:"loopback,private,public,many"`
	AddressIndex   string    `json:"address_index,omitempty" doc:"the same for calls from the same address, which it does not tell"`
	Device         string    `json:"device,omitempty" doc:"platform and browser"`
}

func viewEntry(e trail.Entry) TrailEntry {
	out := TrailEntry{ID: e.ID.String(), At: e.At, Hour: e.Hour, CallID: e.Call.String(), Outcome: string(e.Outcome), Status: e.Status,
		Kind: string(e.Kind), PrincipalID: idText(e.Principal), ActingFor: idText(e.For), Role: string(e.Role),
		OrganisationID: idText(e.Organisation), Action: string(e.Action), Route: e.Route, Ground: e.Ground, ObjectKind: e.Object.Kind,
		ObjectID: idText(e.Object.ID), Objects: texts(e.Objects), Persons: texts(e.Persons), Count: e.Count,
		Place: string(e.From.Place), Device: e.From.Device}
	if e.From.Address != ([16]byte{}) {
		out.AddressIndex = hex.EncodeToString(e.From.Address[:])
	}
	return out
}

type looksIn struct {
	PathID
	PageQuery
}

// trailIn asks for entries.
type trailIn struct {
	PageQuery
	Object    string `query:"object" maxLength:"36" doc:"what they were about, or whose that is"`
	Principal string `query:"principal" maxLength:"36" doc:"the person or key that did it"`
	Call      string `query:"call" maxLength:"36" doc:"the call: what a caller got as the header Call-Id"`
	Unended   bool   `query:"unended" doc:"only changes that were begun and whose end nobody recorded, for the process died; what they changed stands"`
	Since     string `query:"since" maxLength:"40" doc:"RFC 3339"`
	Until     string `query:"until" maxLength:"40" doc:"RFC 3339"`
}

func (a *api) addLooks() {
	add(a, route{
		method: http.MethodGet, path: "/v1/looks", id: "listLooks", tag: "looks", who: permitted, action: access.LooksRead,
		summary: "Who looked at my papers and data",
		about: "By role and place, not by name, newest first. What one did oneself is left out, and so are papers that have " +
			"not arrived. Opening, and reading documents, is in the receipts of a notice as well.",
	}, func(ctx context.Context, in *PageQuery) (*answer[Page[Look]], error) {
		return a.looks(ctx, hub.ID{}, *in)
	})
	add(a, route{
		method: http.MethodGet, path: "/v1/notices/{id}/looks", id: "listNoticeLooks", tag: "looks", who: permitted,
		action: access.LooksRead, summary: "Who looked at a paper of mine", about: "As `/v1/looks`, of one notice that has arrived.",
	}, func(ctx context.Context, in *looksIn) (*answer[Page[Look]], error) {
		id, err := in.id()
		if err != nil {
			return nil, err
		}
		return a.looks(ctx, id, in.PageQuery)
	})
	add(a, route{
		method: http.MethodGet, path: "/v1/trail", id: "searchTrail", tag: "looks", who: permitted, action: access.TrailRead,
		summary: "The trail: who did and looked at what, when, from where and on what ground",
		about: "Newest first. This search is in the trail itself. Digests of its hours are sealed into the log; " +
			"`eblagh audit` holds the one against the other.",
	}, a.searchTrail)
}

func (a *api) looks(ctx context.Context, notice hub.ID, q PageQuery) (*answer[Page[Look]], error) {
	page, err := a.deps.Reader.Looks(ctx, caller(ctx), reading.LooksQuery{Notice: notice, After: q.After, Limit: q.limit()})
	if err != nil {
		return nil, inQuery(err)
	}
	return pageOf(page.Items, page.Next, viewLook), nil
}

func (a *api) searchTrail(ctx context.Context, in *trailIn) (*answer[Page[TrailEntry]], error) {
	q := reading.TrailQuery{Unended: in.Unended, After: in.After, Limit: in.limit()}
	var problems hub.Problems
	for _, id := range []struct {
		name, text string
		to         *hub.ID
	}{{"object", in.Object, &q.Object}, {"principal", in.Principal, &q.Principal}, {"call", in.Call, &q.Call}} {
		if id.to.UnmarshalText([]byte(id.text)) != nil {
			problems.Add("/query/"+id.name, "format", "this must be a UUID")
		}
	}
	for _, at := range []struct {
		name, text string
		to         *time.Time
	}{{"since", in.Since, &q.Since}, {"until", in.Until, &q.Until}} {
		if at.text == "" {
			continue
		}
		parsed, err := time.Parse(time.RFC3339, at.text)
		if err != nil || parsed.Year() < 1900 || parsed.Year() > 9999 {
			problems.Add("/query/"+at.name, "format", "this must be a time as RFC 3339 writes it")
		}
		*at.to = parsed.UTC()
	}
	if err := problems.Err(); err != nil {
		return nil, err
	}
	page, err := a.deps.Reader.Trail(ctx, caller(ctx), q)
	if err != nil {
		return nil, inQuery(err)
	}
	return pageOf(page.Items, page.Next, viewEntry), nil
}
