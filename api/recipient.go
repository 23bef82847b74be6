package api

import (
	"context"
	"net/http"
	"time"

	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/enrol"
)

// Recipients enrols people and keeps how they are reached. *enrol.Enroller implements it.
type Recipients interface {
	Enrol(ctx context.Context, p access.Principal, n enrol.NewRecipient) (hub.Recipient, error)
	SendActivation(ctx context.Context, p access.Principal, id hub.ID) error
	Recover(ctx context.Context, p access.Principal, id hub.ID, n enrol.NewRecovery) error
	Lookup(ctx context.Context, p access.Principal, nationalID string) (hub.Recipient, error)
	Recipient(ctx context.Context, p access.Principal, id hub.ID) (hub.Recipient, error)
	// ChangeContact gives a challenge when the person changes their own number: the change waits for its code.
	ChangeContact(ctx context.Context, p access.Principal, id hub.ID, c enrol.ContactChange) (hub.Recipient, hub.ID, error)
	ConfirmContact(ctx context.Context, p access.Principal, challenge hub.ID, code string) (hub.Recipient, error)
}

// NewRecipient is the body of POST /v1/recipients.
type NewRecipient struct {
	Kind       string `json:"kind" enum:"natural,legal"`
	NationalID string `json:"national_id" doc:"10 digits of a natural person, 11 of a legal one; any digits" example:"0012345679"`
	GivenName  string `json:"given_name,omitempty" maxLength:"100" doc:"natural persons"`
	FamilyName string `json:"family_name,omitempty" maxLength:"100" doc:"natural persons"`
	Name       string `json:"name,omitempty" maxLength:"100" doc:"legal persons"`
	Mobile     string `json:"mobile" doc:"Iranian mobile number in any usual form" example:"09120000000"`
	Email      string `json:"email,omitempty" maxLength:"254"`
	Address    string `json:"address,omitempty" maxLength:"500"`
	Residence  string `json:"residence,omitempty" enum:"domestic,abroad" doc:"domestic when not given"`
	Language   string `json:"language,omitempty" enum:"fa,en" doc:"fa when not given"`
	TimeZone   string `json:"time_zone,omitempty" maxLength:"64" doc:"of the tz database; quiet hours are by this clock; Asia/Tehran when not given" example:"Asia/Tehran"`

	Representative string `json:"representative,omitempty" doc:"legal persons: the national id of an enrolled person who acts for them"`
}

// Recipient is a person who can be served. The contact is there for those who may see it.
type Recipient struct {
	ID          string     `json:"id" format:"uuid"`
	Kind        string     `json:"kind" enum:"natural,legal"`
	NationalID  string     `json:"national_id"`
	GivenName   string     `json:"given_name,omitempty"`
	FamilyName  string     `json:"family_name,omitempty"`
	Name        string     `json:"name,omitempty"`
	Mobile      string     `json:"mobile,omitempty"`
	Email       string     `json:"email,omitempty"`
	Address     string     `json:"address,omitempty"`
	Residence   string     `json:"residence" enum:"domestic,abroad"`
	Language    string     `json:"language" enum:"fa,en"`
	TimeZone    string     `json:"time_zone" doc:"of the tz database; quiet hours are by this clock"`
	Enrolled    bool       `json:"enrolled" doc:"activated: notices can be served"`
	ActivatedAt *time.Time `json:"activated_at,omitempty"`
	CreatedAt   time.Time  `json:"created_at"`
}

// Lookup is the body of POST /v1/recipients/lookup.
type Lookup struct {
	NationalID string `json:"national_id" doc:"10 digits of a natural person, 11 of a legal one; any digits"`
}

// ContactChange is the body of PATCH /v1/recipients/{id}. What is not there stays; empty text removes.
type ContactChange struct {
	Mobile   *string `json:"mobile,omitempty"`
	Email    *string `json:"email,omitempty" maxLength:"254"`
	Address  *string `json:"address,omitempty" maxLength:"500"`
	TimeZone *string `json:"time_zone,omitempty" maxLength:"64" doc:"of the tz database; quiet hours are by this clock"`
}

func viewRecipient(r hub.Recipient) Recipient {
	return Recipient{
		ID: r.ID.String(), Kind: string(r.Kind), NationalID: string(r.NationalID), GivenName: r.GivenName,
		FamilyName: r.FamilyName, Name: r.Name, Mobile: string(r.Contact.Mobile), Email: r.Contact.Email,
		Address: r.Contact.Address, Residence: string(r.Residence), Language: r.Language, TimeZone: r.TimeZone,
		Enrolled: !r.ActivatedAt.IsZero(), ActivatedAt: moment(r.ActivatedAt), CreatedAt: r.CreatedAt.UTC(),
	}
}

type recipientsIn struct{ Body Body[NewRecipient] }

type lookupIn struct{ Body Body[Lookup] }

type contactIn struct {
	PathID
	Body Body[ContactChange]
}

type confirmIn struct {
	PathID
	Body Body[CodeTry]
}

// contactOut is the recipient after a change, or the challenge that the change waits for.
type contactOut struct {
	Status int
	Body   ChangedRecipient
}

// ChangedRecipient is a recipient, and the challenge when a change of one's own waits for the code to the new number.
type ChangedRecipient struct {
	Recipient
	Challenge string `json:"challenge,omitempty" format:"uuid" doc:"confirm the change with the code sent to the new number"`
}

func (a *api) addRecipients() {
	add(a, route{
		method: http.MethodPost, path: "/v1/recipients", id: "enrolRecipient", tag: "recipients", who: permitted,
		action: access.RecipientEnrol, payload: payloadJSON, creates: true, status: http.StatusCreated,
		summary: "Enrol a person",
		about:   "The person gets an activation code by SMS and is enrolled once they used it.",
		refuses: []hub.Code{hub.CodeAlreadyEnrolled},
	}, a.postRecipient)
	add(a, route{
		method: http.MethodPost, path: "/v1/recipients/lookup", id: "lookUpRecipient", tag: "recipients", who: permitted,
		action: access.RecipientRead, payload: payloadJSON, summary: "Find a person by national id",
		about:   "The id is in the body, for no personal data stands in addresses.",
		refuses: []hub.Code{hub.CodeNotFound},
	}, a.lookUpRecipient)
	add(a, route{
		method: http.MethodGet, path: "/v1/recipients/{id}", id: "getRecipient", tag: "recipients", who: permitted,
		action: access.RecipientRead, summary: "A person",
	}, a.getRecipient)
	add(a, route{
		method: http.MethodPatch, path: "/v1/recipients/{id}", id: "changeContact", tag: "recipients", who: permitted,
		action: access.RecipientChange, payload: payloadJSON, summary: "Change how a person is reached",
		about: "Former contacts are kept. One's own new number is used only after the code sent to it was given: the answer " +
			"is then 202 with the challenge.",
		refuses: []hub.Code{hub.CodeWrongState}, also: http.StatusAccepted, quotas: []hub.Quota{enrol.CodeQuota()},
	}, a.patchRecipient)
	add(a, route{
		method: http.MethodPost, path: "/v1/recipients/{id}/contact/confirm", id: "confirmContact", tag: "recipients",
		who: people, payload: payloadJSON, summary: "Confirm one's own new number", signIn: true,
		refuses: []hub.Code{hub.CodeUnauthorized},
	}, a.confirmContact)
	add(a, route{
		method: http.MethodPost, path: "/v1/recipients/{id}/activation", id: "sendActivation", tag: "recipients",
		who: permitted, action: access.RecipientEnrol, status: http.StatusAccepted,
		summary: "Send the activation code again",
		refuses: []hub.Code{hub.CodeWrongState}, quotas: []hub.Quota{enrol.CodeQuota()},
	}, a.sendActivation)
	add(a, route{
		method: http.MethodPost, path: "/v1/recipients/{id}/recovery", id: "recoverPersonalCode", tag: "recipients",
		who: permitted, action: access.RecipientEnrol, payload: payloadJSON, status: http.StatusAccepted,
		summary: "Let a person choose another personal code",
		about: "After proof of identity at an office. The former code and all sessions end at once; the person gets a code " +
			"by SMS, which `POST /v1/activation` takes, and is told at the number before and at the number after.",
		refuses: []hub.Code{hub.CodeWrongState}, quotas: []hub.Quota{enrol.CodeQuota()},
	}, a.recover)
}

// Recovery is the body of POST /v1/recipients/{id}/recovery.
type Recovery struct {
	Proof  string `json:"proof" enum:"national_card,birth_certificate,passport,driving_licence,other" doc:"the kind of document; its number is not kept"`
	Mobile string `json:"mobile,omitempty" doc:"another number from now on; as it was when not given"`
}

type recoveryIn struct {
	PathID
	Body Body[Recovery]
}

func (a *api) recover(ctx context.Context, in *recoveryIn) (*empty, error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	b, err := in.Body.take()
	if err != nil {
		return nil, err
	}
	return nil, a.deps.Enroller.Recover(ctx, caller(ctx), id, enrol.NewRecovery{Proof: hub.Proof(b.Proof), Mobile: b.Mobile})
}

func (a *api) postRecipient(ctx context.Context, in *recipientsIn) (*created[Recipient], error) {
	n, err := in.Body.take()
	if err != nil {
		return nil, err
	}
	r, err := a.deps.Enroller.Enrol(ctx, caller(ctx), enrol.NewRecipient{
		Kind: hub.PersonKind(n.Kind), NationalID: n.NationalID, GivenName: n.GivenName, FamilyName: n.FamilyName,
		Name: n.Name, Mobile: n.Mobile, Email: n.Email, Address: n.Address, Residence: hub.Residence(n.Residence),
		Language: n.Language, TimeZone: n.TimeZone, Representative: n.Representative,
	})
	if err != nil {
		return nil, err
	}
	return createdAt("/v1/recipients/"+r.ID.String(), viewRecipient(r)), nil
}

func (a *api) lookUpRecipient(ctx context.Context, in *lookupIn) (*answer[Recipient], error) {
	q, err := in.Body.take()
	if err != nil {
		return nil, err
	}
	r, err := a.deps.Enroller.Lookup(ctx, caller(ctx), q.NationalID)
	if err != nil {
		return nil, err
	}
	return &answer[Recipient]{viewRecipient(r)}, nil
}

func (a *api) getRecipient(ctx context.Context, in *PathID) (*answer[Recipient], error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	r, err := a.deps.Enroller.Recipient(ctx, caller(ctx), id)
	if err != nil {
		return nil, err
	}
	return &answer[Recipient]{viewRecipient(r)}, nil
}

func (a *api) patchRecipient(ctx context.Context, in *contactIn) (*contactOut, error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	c, err := in.Body.take()
	if err != nil {
		return nil, err
	}
	r, challenge, err := a.deps.Enroller.ChangeContact(ctx, caller(ctx), id, enrol.ContactChange(c))
	if err != nil {
		return nil, err
	}
	out := &contactOut{Status: http.StatusOK, Body: ChangedRecipient{viewRecipient(r), idText(challenge)}}
	if !challenge.IsZero() {
		out.Status = http.StatusAccepted
	}
	return out, nil
}

func (a *api) confirmContact(ctx context.Context, in *confirmIn) (*answer[Recipient], error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	if id != caller(ctx).PersonID() { // another's change answers like none
		return nil, hub.ErrNotFound
	}
	try, err := in.Body.take()
	if err != nil {
		return nil, err
	}
	r, err := a.deps.Enroller.ConfirmContact(ctx, caller(ctx), try.Challenge, try.Code)
	if err != nil {
		return nil, err
	}
	return &answer[Recipient]{viewRecipient(r)}, nil
}

func (a *api) sendActivation(ctx context.Context, in *PathID) (*empty, error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	return nil, a.deps.Enroller.SendActivation(ctx, caller(ctx), id)
}
