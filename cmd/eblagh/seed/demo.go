package seed

import (
	"bytes"
	_ "embed" // the demo's people and papers
	"encoding/json"
	"fmt"

	"eblagh/hub"
)

//go:embed demo.json
var demoJSON []byte

// data is demo.json.
type data struct {
	Branch    organisation       `json:"branch"`
	Office    organisation       `json:"office"`
	People    []person           `json:"people"`
	Attorneys []attorney         `json:"attorneys"`
	Issuer    []string           `json:"issuer"`
	Motto     string             `json:"motto"`
	Foot      string             `json:"foot"`
	Papers    []paper            `json:"papers"`
	Texts     map[string][]block `json:"texts"` // shared by papers
}

type organisation struct {
	Code     string `json:"code"`
	Name     string `json:"name"`
	Province string `json:"province"`
}

// person is somebody of the demo. A name alone makes a legal person; key is how papers name them.
type person struct {
	Key            string   `json:"key"`
	Role           hub.Role `json:"role"`
	Serial         int      `json:"serial"`
	GivenName      string   `json:"given_name"`
	FamilyName     string   `json:"family_name"`
	Name           string   `json:"name"`
	Representative string   `json:"representative"`
	Address        string   `json:"address"`
	PersonalCode   string   `json:"personal_code"`
}

func (p person) id() (hub.NationalID, error) {
	if p.Name != "" {
		return legalID(p.Serial)
	}
	return nationalID(p.Serial)
}

// attorney is a power of attorney in the case of a paper.
type attorney struct {
	Lawyer string            `json:"lawyer"`
	Client string            `json:"client"`
	Paper  string            `json:"paper"`
	Scope  hub.AttorneyScope `json:"scope"`
}

// paper is one paper to one person, with the page it is made of: blocks of its own or a shared text.
type paper struct {
	Reference string       `json:"reference"`
	Kind      hub.Kind     `json:"kind"`
	Capacity  hub.Capacity `json:"capacity"`
	Standing  string       `json:"standing"` // the capacity as the page says it
	To        string       `json:"to"`
	Case      struct {
		Number  string `json:"number"`
		Archive string `json:"archive"`
		Subject string `json:"subject"`
	} `json:"case"`
	Title       string       `json:"title"`
	Subject     string       `json:"subject"`
	Body        string       `json:"body"`
	Priority    hub.Priority `json:"priority"`
	HearingDays int          `json:"hearing_days"` // from the day the branch was made; 0: no hearing
	Blocks      []block      `json:"blocks"`
	Text        string       `json:"text"`
	Carried     bool         `json:"carried"` // handed to the service officers at once
}

// block is one block of a page; exactly one field is set.
type block struct {
	Section   string      `json:"section"`
	Paragraph string      `json:"paragraph"`
	Note      string      `json:"note"`
	Fields    [][2]string `json:"fields"`
	Table     *table      `json:"table"`
	Signature []string    `json:"signature"`
}

type table struct {
	Columns []column   `json:"columns"`
	Rows    [][]string `json:"rows"`
}

type column struct {
	Name  string `json:"name"`
	Share int    `json:"share"`
}

func load() (data, error) {
	var d data
	dec := json.NewDecoder(bytes.NewReader(demoJSON))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&d); err != nil {
		return data{}, fmt.Errorf("demo.json: %w", err)
	}
	return d, nil
}
