package api

import (
	"context"
	"net/http"
	"time"

	"eblagh/hub"
	"eblagh/hub/access"
)

// Eyes keeps which papers wait for a second pair of eyes. *enrol.Enroller implements it.
type Eyes interface {
	FourEyes(ctx context.Context, p access.Principal, organisation hub.ID) (hub.FourEyes, error)
	ChangeFourEyes(ctx context.Context, p access.Principal, c hub.FourEyesChange) (hub.FourEyes, error)
}

// FourEyesChange says which papers are to wait.
type FourEyesChange struct {
	People bool `json:"people" doc:"what people submit waits until another person approves it"`
	Keys   bool `json:"keys,omitempty" doc:"what systems submit, too; only together with people"`
}

// FourEyes says which papers of an organisation wait for a second pair of eyes.
type FourEyes struct {
	People bool           `json:"people"`
	Keys   bool           `json:"keys"`
	Asked  *FourEyesAsked `json:"asked,omitempty" doc:"what one person asked for, and another has to agree to"`
}

// FourEyesAsked is an easing that one person asked for.
type FourEyesAsked struct {
	People bool      `json:"people"`
	Keys   bool      `json:"keys"`
	By     string    `json:"by" format:"uuid"`
	At     time.Time `json:"at"`
}

func viewFourEyes(f hub.FourEyes) FourEyes {
	view := FourEyes{People: f.People, Keys: f.Keys}
	if c := f.Asked; !c.ID.IsZero() {
		view.Asked = &FourEyesAsked{c.People, c.Keys, c.By.String(), c.At.UTC()}
	}
	return view
}

type fourEyesIn struct {
	PathID
	Body Body[FourEyesChange]
}

func (o organisations) addFourEyes(one string) {
	base := route{tag: "organisations", who: permitted, action: access.FourEyesWrite, path: o.path + "/{id}/four-eyes"}
	get, put := base, base
	get.method, get.id, get.summary = http.MethodGet, "get"+one+"FourEyes", "Which papers wait for a second pair of eyes"
	add(o.api, get, o.getFourEyes)
	put.method, put.id, put.summary = http.MethodPut, "change"+one+"FourEyes", "Say which papers wait for a second pair of eyes"
	put.about = "That more of them wait is in force at once. That fewer do takes two people: the first asks (`asked`), another asks for " +
		"the same within a day. It is refused while drafts wait."
	put.payload, put.refuses = payloadJSON, []hub.Code{hub.CodeWrongState}
	add(o.api, put, o.putFourEyes)
}

// findFourEyes gives how it stands at an organisation of this kind: a branch is not found among offices.
func (o organisations) findFourEyes(ctx context.Context, in PathID) (hub.FourEyes, error) {
	id, err := in.id()
	if err != nil {
		return hub.FourEyes{}, err
	}
	f, err := o.api.deps.Enroller.FourEyes(ctx, caller(ctx), id)
	if err == nil && f.Kind != o.kind {
		return hub.FourEyes{}, hub.ErrNotFound
	}
	return f, err
}

func (o organisations) getFourEyes(ctx context.Context, in *PathID) (*answer[FourEyes], error) {
	f, err := o.findFourEyes(ctx, *in)
	if err != nil {
		return nil, err
	}
	return &answer[FourEyes]{viewFourEyes(f)}, nil
}

func (o organisations) putFourEyes(ctx context.Context, in *fourEyesIn) (*answer[FourEyes], error) {
	f, err := o.findFourEyes(ctx, in.PathID)
	if err != nil {
		return nil, err
	}
	c, err := in.Body.take()
	if err != nil {
		return nil, err
	}
	f, err = o.api.deps.Enroller.ChangeFourEyes(ctx, caller(ctx),
		hub.FourEyesChange{Organisation: f.Organisation, People: c.People, Keys: c.Keys})
	if err != nil {
		return nil, err
	}
	return &answer[FourEyes]{viewFourEyes(f)}, nil
}
