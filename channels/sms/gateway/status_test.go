package gateway

import (
	"testing"

	"eblagh/hub"
)

// TestEveryHTTPStatus names the classes of RFC 9110 §15, and RFC 6585.
func TestEveryHTTPStatus(t *testing.T) {
	for want, statuses := range map[Result][]int{
		accepted:  {200, 201, 202, 203, 204, 205, 206, 207, 208, 226},
		throttled: {425, 429, 503},
		refused:   {400, 413, 414, 422, 431},
		silent:    {408, 502, 504},
		puzzling:  {100, 101, 103, 409, 500, 506, 507, 508, 510, 511, 599},
		elsewhere: {300, 301, 302, 303, 304, 305, 307, 308, 401, 402, 403, 404, 405, 406, 407, 410, 411, 412, 415, 416, 417, 418,
			421, 423, 424, 426, 428, 451, 499, 501, 505},
	} {
		for _, status := range statuses {
			if got := byStatus(status); got != want {
				t.Errorf("%d: %v, want %v", status, got, want)
			}
		}
	}
	for status := 100; status < 600; status++ {
		if r := byStatus(status); taken(r) != (status/100 == 2) || !outcomes[r.Outcome] || !reasons[r.Reason] {
			t.Errorf("%d: %v", status, r)
		}
	}
}

func TestAnswers(t *testing.T) {
	g := &Gateway{o: Options{Message: Pointers{ID: "/id", Word: "/w"}, Words: map[string]Result{
		"ok": accepted, "done": {hub.OutcomeDelivered, ""}, "badnum": {hub.OutcomeRejected, hub.ReasonBadNumber}, "busy": throttled}}}
	plain := &Gateway{o: Options{Message: Pointers{ID: "/id"}}}
	for name, c := range map[string]struct {
		g      *Gateway
		status int
		text   string
		want   Result
		id     string
	}{
		"taken":                              {g, 200, `{"id":"7","w":"ok"}`, accepted, "7"},
		"a number as id":                     {g, 201, `{"id":7,"w":"ok"}`, accepted, "7"},
		"delivered at once":                  {g, 200, `{"id":7,"w":"done"}`, Result{hub.OutcomeDelivered, ""}, "7"},
		"refused by word in a good answer":   {g, 200, `{"w":"badnum"}`, Result{hub.OutcomeRejected, hub.ReasonBadNumber}, ""},
		"busy by word":                       {g, 200, `{"id":7,"w":"busy"}`, throttled, ""},
		"a word that nobody knows":           {g, 200, `{"id":7,"w":"?"}`, puzzling, ""},
		"no word":                            {g, 200, `{"id":7}`, puzzling, ""},
		"no id":                              {g, 200, `{"w":"ok"}`, puzzling, ""},
		"an id of a wrong type":              {g, 200, `{"id":{},"w":"ok"}`, puzzling, ""},
		"no JSON":                            {g, 200, `<html>`, puzzling, ""},
		"nothing":                            {g, 204, ``, puzzling, ""},
		"JSON and more":                      {g, 200, `{"id":7,"w":"ok"}{}`, puzzling, ""},
		"a reason beside 400":                {g, 400, `{"w":"badnum"}`, Result{hub.OutcomeRejected, hub.ReasonBadNumber}, ""},
		"400 alone":                          {g, 400, `{}`, refused, ""},
		"400 that says it was taken":         {g, 400, `{"id":7,"w":"ok"}`, puzzling, ""},
		"401":                                {g, 401, `no`, elsewhere, ""},
		"429 whatever it says":               {g, 429, `{"w":"badnum"}`, throttled, ""},
		"500 whatever it says":               {g, 500, `{"w":"badnum"}`, puzzling, ""},
		"409 whatever it says":               {g, 409, `{"w":"badnum"}`, puzzling, ""},
		"a redirect":                         {g, 302, `{"id":7,"w":"ok"}`, elsewhere, ""},
		"words are not set: an id is enough": {plain, 200, `{"id":7,"w":"?"}`, accepted, "7"},
		"words are not set, and no id":       {plain, 200, `{}`, puzzling, ""},
	} {
		if r, id := c.g.byAnswer(c.status, []byte(c.text)); r != c.want || id != c.id {
			t.Errorf("%s: %v %q", name, r, id)
		}
	}
}

// RFC 6901 §5.
func TestPointers(t *testing.T) {
	value, err := parse([]byte(`{"foo":["bar","baz"],"":0,"a/b":1,"m~n":8," ":7,"deep":{"er":[{"x":true}]}}`))
	if err != nil {
		t.Fatal(err)
	}
	for pointer, want := range map[string]string{"/foo/0": "bar", "/": "0", "/a~1b": "1", "/m~0n": "8", "/ ": "7",
		"/deep/er/0/x": "true", "/foo/2": "", "/foo/-1": "", "/foo/01": "", "/foo/x": "", "/none/x": "", "/foo/0/x": "", "/deep": ""} {
		if got := textAt(value, pointer); got != want {
			t.Errorf("%s: %q, want %q", pointer, got, want)
		}
	}
}
