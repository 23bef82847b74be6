package api

import (
	"net/http"
	"reflect"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"eblagh/hub"
)

// overview stands at the head of the document.
const overview = `The wire of Eblagh, a hub that delivers judicial papers and proves what arrived, when, and who opened it.

JSON in snake_case, times in RFC 3339 UTC, ids are UUIDv7. Refusals are ` + "`application/problem+json`" + ` (RFC 9457) and never
repeat what was sent; ids that are not yours answer like ids that do not exist. Creating calls take an
` + "`Idempotency-Key`" + `: the same key and body get the stored answer for a day. Lists are pages: give ` + "`next`" + ` as ` + "`after`" + `.
Systems send a key, people have a session; who sends both means the key. Who represents a legal person acts for it with the
header ` + "`Acting-For`" + `, its id, and for themselves without. Unknown fields and parameters are refused.`

// humaConfig keeps of huma what it is good at, the document, and turns off what serves pages of its own or adds to
// answers.
func humaConfig(version string) huma.Config {
	if version == "" {
		version = "dev"
	}
	config := huma.DefaultConfig("Eblagh", version)
	config.CreateHooks = nil
	config.OpenAPIPath, config.DocsPath, config.SchemasPath = "", "", ""
	config.RejectUnknownQueryParameters = true
	config.Transformers = []huma.Transformer{fromHuma}
	format := huma.Format{Marshal: huma.DefaultJSONFormat.Marshal, Unmarshal: readJSON}
	config.Formats = map[string]huma.Format{"application/json": format, "json": format}
	config.Info.Description = overview
	config.Tags = []*huma.Tag{
		{Name: "sign-in", Description: "Activation, sessions, who am I"},
		{Name: "recipients", Description: "People who can be served"},
		{Name: "organisations", Description: "Branches of courts, and offices"},
		{Name: "staff", Description: "Who may act as what"},
		{Name: "documents", Description: "Papers as files"},
		{Name: "notices", Description: "Submitting papers, and what became of them"},
		{Name: "drafts", Description: "Papers that wait for a second pair of eyes"},
		{Name: "cases", Description: "Cases, and who is counsel in them"},
		{Name: "inbox", Description: "The addressee's side"},
		{Name: "own data", Description: "A copy of one's own data"},
		{Name: "log", Description: "The signed log of receipts, for everybody"},
		{Name: "officers", Description: "Papers that service officers carry to who does not open them"},
		{Name: "operations", Description: "How the hub is doing"},
		{Name: "looks", Description: "Who looked at what: one's own papers, and for auditors everything"},
		{Name: "keys", Description: "Keys of systems"},
	}
	config.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"key":     {Type: "http", Scheme: "bearer", BearerFormat: "ebk_…", Description: "The API key of a court's or office's system"},
		"session": {Type: "apiKey", In: "cookie", Name: "eblagh_session", Description: "Of a person who signed in; over TLS its name is __Host-eblagh"},
	}
	return config
}

// documentRefusal adds a status and the problem type that it may carry.
func documentRefusal(op *huma.Operation, status int, code hub.Code) {
	text := strconv.Itoa(status)
	r := op.Responses[text]
	if r == nil {
		r = &huma.Response{Description: http.StatusText(status) + ".", Content: map[string]*huma.MediaType{
			problemType: {Schema: &huma.Schema{Ref: "#/components/schemas/Problem"}},
		}}
		op.Responses[text] = r
	}
	if name := "`" + string(code) + "`"; !strings.Contains(r.Description, name) {
		r.Description += " " + name
	}
}

func idempotencyParam() *huma.Param {
	shortest, longest := 1, 255
	return &huma.Param{
		Name: headerKey, In: "header", Description: "Names this call over its retries; 1 to 255 visible ASCII characters",
		Schema: &huma.Schema{Type: huma.TypeString, MinLength: &shortest, MaxLength: &longest, Pattern: "^[!-~]+$"},
	}
}

// documented gives the route's operation in the document, to say of it what the types cannot.
func (a *api) documented(rt route) *huma.Operation {
	item := a.huma.OpenAPI().Paths[rt.path]
	switch rt.method {
	case http.MethodGet:
		return item.Get
	case http.MethodPost:
		return item.Post
	case http.MethodPatch:
		return item.Patch
	case http.MethodPut:
		return item.Put
	}
	return item.Delete
}

// documentIDs says of ids in addresses that they are UUIDs. Huma must not know while it serves: it would refuse another
// text as invalid, where an id that does not exist is what it is.
func documentIDs(op *huma.Operation) {
	for _, p := range op.Parameters {
		if p.In == "path" {
			p.Schema = &huma.Schema{Type: huma.TypeString, Format: "uuid"}
		}
	}
}

// documentProblem registers the one schema of all refusals.
func (a *api) documentProblem() {
	a.huma.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[Problem](), true, "")
}
