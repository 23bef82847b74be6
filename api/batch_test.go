package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"eblagh/hub"
)

func TestBatchAnswersEachItemOnItsOwn(t *testing.T) {
	b := newBench(t)
	w := b.call("POST", "/v1/notices/batch", `{"notices":[
		{"reference":"a"},
		{"reference":"b","colour":1,"documents":["x"]},
		{"reference":""},
		7,
		null,
		`+strings.Repeat("[", 100)+strings.Repeat("]", 100)+`,
		{"reference":"c","documents":[]}]}`)
	var got BatchAnswer
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != http.StatusOK {
		t.Fatal(w.Code, err, w.Body)
	}
	want := []struct {
		status   int
		pointers []string
	}{{201, nil}, {422, []string{"/colour", "/documents/0"}}, {422, []string{"/reference"}}, {422, []string{""}}, {422, []string{"/reference"}}, {422, []string{""}}, {201, nil}}
	if len(got.Results) != len(want) {
		t.Fatalf("%d results", len(got.Results))
	}
	for i, r := range got.Results {
		if r.Index != i || r.Status != want[i].status || (r.Notice != nil) != (r.Status == 201) || (r.Problem != nil) == (r.Status == 201) {
			t.Errorf("result %d: %+v", i, r)
			continue
		}
		if r.Problem != nil {
			var pointers []string
			for _, f := range r.Problem.Errors {
				pointers = append(pointers, f.Pointer)
			}
			if !slices.Equal(pointers, want[i].pointers) || r.Problem.Status != r.Status {
				t.Errorf("problem %d: %+v", i, r.Problem)
			}
		}
	}
	if got.Results[0].Notice.Reference != "a" || got.Results[6].Notice.Reference != "c" {
		t.Error("notices stand at the wrong items")
	}
	if len(b.submitted) != 1 || len(b.submitted[0]) != 4 {
		t.Errorf("submitted %d times", len(b.submitted))
	}
}

func TestBatchRefusedAsAWholeSubmitsNothing(t *testing.T) {
	b, good := newBench(t), `{"reference":"a"}`
	for name, c := range map[string]struct {
		body     string
		status   int
		code     hub.Code
		pointers []string
	}{
		"cut off":           {`{"notices":[` + good + `,{"refer`, 400, hub.CodeValidation, []string{""}},
		"list not closed":   {`{"notices":[` + good, 400, hub.CodeValidation, []string{""}},
		"broken between":    {`{"notices":[` + good + `}` + good + `]}`, 400, hub.CodeValidation, []string{""}},
		"something after":   {`{"notices":[` + good + `]} {}`, 400, hub.CodeValidation, []string{""}},
		"rubbish after":     {`{"notices":[` + good + `]} x`, 400, hub.CodeValidation, []string{""}},
		"nothing":           {` `, 400, hub.CodeValidation, []string{""}},
		"no list":           {`{}`, 422, hub.CodeValidation, []string{"/notices"}},
		"empty list":        {`{"notices":[]}`, 422, hub.CodeValidation, []string{"/notices"}},
		"list is an object": {`{"notices":{"a":[1,{"b":2}]}}`, 422, hub.CodeValidation, []string{"/notices"}},
		"a number beyond":   {`{"limit":1e999}`, 422, hub.CodeValidation, []string{"/limit"}},
		"list beyond":       {`{"notices":-1e999}`, 422, hub.CodeValidation, []string{"/notices"}},
		"list is a number":  {`{"notices":7}`, 422, hub.CodeValidation, []string{"/notices"}},
		"not an object":     {`[` + good + `]`, 422, hub.CodeValidation, []string{""}},
		"another field":     {`{"notices":[` + good + `],"more":{"a":[]}}`, 422, hub.CodeValidation, []string{"/more"}},
		"two lists":         {`{"notices":[` + good + `],"notices":[` + good + `]}`, 422, hub.CodeValidation, []string{"/notices"}},
		"nests too deep":    {`{"notices":{"a":` + strings.Repeat("[", 1000) + strings.Repeat("]", 1000) + `}}`, 422, hub.CodeValidation, []string{""}},
		"deeper than JSON":  {`{"notices":[` + strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000) + `]}`, 400, hub.CodeValidation, []string{""}},
		"one too many":      {`{"notices":[` + strings.Repeat(`{},`, 5000) + good + `]}`, 422, hub.CodeValidation, []string{"/notices"}},
		"an item too large": {`{"notices":[{"body":"` + strings.Repeat("x", 1<<20) + `"}]}`, 413, hub.CodeTooLarge, []string{"/notices"}},
		"more than 16 MB":   {`{"notices":[` + strings.Repeat(`{"subject":"`+strings.Repeat("x", 4000)+`"},`, 4500) + good + `]}`, 413, hub.CodeTooLarge, nil},
	} {
		t.Run(name, func(t *testing.T) {
			if got := wantProblem(t, b.call("POST", "/v1/notices/batch", c.body), c.status, c.code); !slices.Equal(got, c.pointers) && len(got)+len(c.pointers) > 0 {
				t.Errorf("pointers %q, want %q", got, c.pointers)
			}
			if len(b.submitted) != 0 {
				t.Error("something was submitted")
			}
		})
	}
}

func TestBatchOfTheMost(t *testing.T) {
	b := newBench(t)
	items := make([]string, 5000)
	for i := range items {
		items[i] = fmt.Sprintf(`{"reference":"r%d"}`, i)
	}
	w := b.call("POST", "/v1/notices/batch", `{"notices":[`+strings.Join(items, ",")+`]}`)
	var got BatchAnswer
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != http.StatusOK || len(got.Results) != 5000 {
		t.Fatal(w.Code, err, len(got.Results))
	}
	if got.Results[4999].Notice.Reference != "r4999" {
		t.Error("out of order")
	}
}
