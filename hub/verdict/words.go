package verdict

import (
	"embed"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"eblagh/hub"
	"eblagh/hub/ledger"
)

//go:embed words/*.json
var wordFiles embed.FS

// Languages lists what reports are written in.
var languages = []string{"en", "fa"}

// Words are the plain words of one language.
type Words struct {
	language string
	texts    map[string]string
}

// ReadWords gives the words of a language, fa or en. Errors: another language.
func ReadWords(language string) (Words, error) {
	raw, err := wordFiles.ReadFile("words/" + language + ".json")
	if err != nil {
		return Words{}, fmt.Errorf("the words of a verdict are in %s", strings.Join(languages, " and "))
	}
	w := Words{language: language}
	if err := json.Unmarshal(raw, &w.texts); err != nil {
		return Words{}, fmt.Errorf("words of %s: %w", language, err)
	}
	return w, nil
}

// Line is one check in words.
type Line struct {
	Outcome ledger.Outcome
	Mark    string // the outcome, in words
	Step    string
	Of      string
	Text    string
}

// Lines writes the checks, one line each.
func (w Words) Lines(r Report) []Line {
	lines := make([]Line, len(r.Checks))
	for i, c := range r.Checks {
		lines[i] = Line{Outcome: c.Outcome, Mark: w.say("outcome." + string(c.Outcome)), Step: w.say("step." + string(c.Step)),
			Of: c.Of, Text: w.check(r, c)}
	}
	return lines
}

// check says one check. English is what hub/ledger says; in Persian its details follow where something failed.
func (w Words) check(r Report, c ledger.Check) string {
	if c.Step == ledger.StepDocument && c.Outcome == ledger.Absent {
		if at, basis, erased := r.erased(c.Of); erased {
			return w.say("erased", "at", dayOf(at), "basis", basis)
		}
	}
	text, ok := w.texts[string(c.Step)+"."+string(c.Outcome)]
	switch {
	case !ok:
		return c.Detail
	case c.Detail != "" && (c.Outcome == ledger.Failed || c.Step == ledger.StepReceipt):
		return text + " (" + c.Detail + ")"
	}
	return text
}

// Conclusion is the verdict as a whole: what holds or fails, and what the receipts that hold say of the notice.
func (w Words) Conclusion(r Report, q Request) []string {
	switch r.Result {
	case Failed:
		return []string{w.say("result.failed", "failed", strings.Join(w.failed(r), w.comma()))}
	case Incomplete:
		var names []string
		for _, step := range r.missing(q) {
			names = append(names, w.say("step."+string(step)))
		}
		return append([]string{w.say("result.incomplete", "missing", strings.Join(names, w.comma()))}, w.says(r)...)
	}
	return append([]string{w.say("result.holds")}, w.says(r)...)
}

// failed names what failed, each thing once.
func (w Words) failed(r Report) []string {
	var names []string
	seen := map[string]bool{}
	for _, c := range r.Checks {
		name := strings.TrimSpace(w.say("step."+string(c.Step)) + " " + c.Of)
		if c.Outcome == ledger.Failed && !seen[name] {
			names, seen[name] = append(names, name), true
		}
	}
	return names
}

// says tells what the receipts say of the two moments that the law asks for.
func (w Words) says(r Report) []string {
	notice := r.Notice.String()
	arrived, ok := r.event(hub.EventContentConsignment)
	if !ok {
		return []string{w.say("says.not_arrived", "notice", notice)}
	}
	lines := []string{w.say("says.arrived", "notice", notice, "at", exact(arrived.At))}
	if opened, ok := r.event(hub.EventContentHandover); ok {
		return append(lines, w.say("says.opened", "at", exact(opened.At)))
	}
	return append(lines, w.say("says.not_opened"))
}

// WriteText writes the report for a terminal.
func (w Words) WriteText(out io.Writer, r Report, q Request) error {
	var b strings.Builder
	for _, l := range w.Lines(r) {
		of := ""
		if l.Of != "" {
			of = " " + l.Of
		}
		fmt.Fprintf(&b, "%-6s  %s%s: %s\n", l.Mark, l.Step, of, l.Text)
	}
	b.WriteString("\n" + strings.Join(w.Conclusion(r, q), "\n") + "\n")
	_, err := io.WriteString(out, b.String())
	return err
}

// erased finds the receipt that says that a document's bytes were erased by law.
func (r Report) erased(digest string) (at time.Time, basis string, ok bool) {
	for _, receipt := range r.Receipts {
		if receipt.Event == hub.EventDocumentErased && receipt.Details["sha256"] == digest {
			basis, _ = receipt.Details["basis"].(string)
			return receipt.At, basis, true
		}
	}
	return time.Time{}, "", false
}

func (w Words) say(key string, fill ...string) string {
	text := w.texts[key]
	for i := 0; i+1 < len(fill); i += 2 {
		text = strings.ReplaceAll(text, "{"+fill[i]+"}", fill[i+1])
	}
	return text
}

func (w Words) comma() string {
	if w.language == "fa" {
		return "، "
	}
	return ", "
}

func exact(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000Z") }

func dayOf(t time.Time) string { return t.UTC().Format(time.DateOnly) }
