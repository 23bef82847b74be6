package web

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"text/template/parse"

	"eblagh/hub"
	"eblagh/hub/reading"
)

// families are the closed sets whose words are chosen while the page runs: every member must have its text.
func families() map[string][]string {
	delivery := []hub.DeliveryStatus{hub.DeliveryPending, hub.DeliveryQueued, hub.DeliverySending, hub.DeliverySent,
		hub.DeliveryUnknown, hub.DeliveryHeld, hub.DeliveryDelivered, hub.DeliveryFailed, hub.DeliveryCancelled, hub.DeliveryExpired}
	service := []hub.ServiceStatus{hub.ServicePending, hub.ServiceConstructive, hub.ServiceActual, hub.ServiceRefused,
		hub.ServiceLapsed, hub.ServiceNotServed, hub.ServiceCancelled}
	pages := slices.Sorted(maps.Keys(statuses()))
	return map[string][]string{
		"kind": words(hub.Kinds), "capacity": words(hub.Capacities), "delivery": words(delivery),
		"delivery_means": words(delivery), "lane_count": words(underWay()), "service": words(service),
		"service_means": words(service), "error": words(pages), "error_title": words(pages), "flash": flashes(),
		"channel":     words([]hub.Channel{hub.ChannelInbox, hub.ChannelSMS, hub.ChannelLive}),
		"priority":    words([]hub.Priority{hub.PriorityCode, hub.PriorityUrgent, hub.PriorityNormal, hub.PriorityBulk}),
		"key_overlap": keyOverlaps(), "proof": words(hub.Proofs), "held_state": words(heldStates()),
		"scope":        words([]hub.AttorneyScope{hub.AttorneyFull, hub.AttorneyRead, hub.AttorneyService}),
		"attorney_end": append(words(hub.AttorneyEnds), "expired"),
		"person_kind":  words([]hub.PersonKind{hub.PersonNatural, hub.PersonLegal}),
		"residence":    words([]hub.Residence{hub.ResidenceDomestic, hub.ResidenceAbroad}),
		"language":     append(words(languages), "other"), "role": words(slices.Concat(
			[]hub.Role{hub.RoleCitizen}, hub.RepresentativeRoles, hub.GrantedRoles)),
		"acting_means": words(hub.RepresentativeRoles),
		"inbox_state":  words([]reading.State{reading.StateAll, reading.StateUnopened, reading.StateOpened}),
		"actor": words([]hub.ActorKind{hub.ActorSelf, hub.ActorDelegate, hub.ActorLawyer, hub.ActorOfficer, hub.ActorClerk, hub.ActorKey,
			hub.ActorSystem}),
		"reason": words([]hub.Reason{hub.ReasonNoOutcome, hub.ReasonBadNumber, hub.ReasonUnreachable, hub.ReasonThrottled,
			hub.ReasonBlocked, hub.ReasonProvider, hub.ReasonNoContact, hub.ReasonExpired, hub.ReasonCancelled, hub.ReasonTooMany,
			hub.ReasonQuietHours, hub.ReasonOpened, hub.ReasonCorrected, hub.ReasonNoAddress, hub.ReasonNoOfficer, hub.ReasonAbroad}),
		"task_state":    words([]hub.TaskState{hub.TaskOpen, hub.TaskTaken, hub.TaskReturned, hub.TaskWithdrawn}),
		"paper_outcome": words(hub.PaperOutcomes), "relation": words(hub.Relations), "rung": {"second_sms", "paper"},
		"cause": words(hub.Causes), "astray": words(astray()), "astray_means": words(astray()),
		"draft_state": words(hub.DraftStates), "draft_means": words(hub.DraftStates), "eyes": eyesStates(),
		"did": didWords(), "key_state": keyStates(), "outcome": {"begun", "done", "refused", "failed"},
		"trail_kind": {"person", "key", "nobody"}, "place": {"loopback", "private", "public", "many"},
		"part": {"redis", "postgres", "worker", "live", "sms"}, "warning": {"case_number", "hearing", "other"},
		"month":        {"1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12"},
		"jalali_month": {"1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12"},
		"receipt": append(channelled(hub.EventConsignmentNotified, hub.EventConsignmentNotifyFail, hub.EventNotificationDelivered),
			words([]hub.Event{hub.EventSubmissionAcceptance, hub.EventContentConsignment, hub.EventContentAccess,
				hub.EventContentHandover, hub.EventCancelled, hub.EventExpired, hub.EventReplayed,
				hub.EventCertificateIssued, hub.EventDocumentErased, hub.EventRelay, hub.EventRelayFail, hub.EventRelayReturn,
				hub.EventRelayWithdrawn, "other"})...),
		// What hub/enrol, hub/dispatch, hub/document and the forms themselves find wrong with a field.
		"problem": {"required", "invalid", "national_id", "mobile", "email", "too_long", "too_many", "repeated", "unknown",
			"not_text", "control_character", "ten_digits", "weak", "mismatch", "date", "time", "sign_in", "activation",
			"not_enrolled", "already_enrolled", "nobody", "wrong_state",
			"delivery_id.unknown", "hold_provider.unknown", "hold_submitter.unknown", "hold_channel.required", "unsupported_document", "too_large", "rate_limited",
			"duplicate_reference", "said_before", "key_state", "totp", "personal", "outside", "outside_away", "documents.too_large", "documents.unsupported_type", "documents.wrong_type",
			"documents.empty", "documents.broken", "documents.encrypted", "documents.no_pages", "documents.active_content",
			"documents.too_complex", "documents.too_many_pixels", "future", "past", "legal_person", "natural_person",
			"relation.mismatch", "receiver.mismatch", "counsel_already", "representative.not_enrolled", "no_power", "capacity.counsel", "order", "same", "until_day.past", "last_owner",
			"lawyer_national_id.unknown", "client_national_id.unknown", "representative_national_id.already",
			"representative_national_id.not_enrolled", "differs", "taken", "four_eyes.drafts_wait"},
	}
}

// channelled are events that have words of their own for the two channels that nudge.
func channelled(events ...hub.Event) []string {
	var out []string
	for _, e := range events {
		out = append(out, string(e), string(e)+".sms", string(e)+".live")
	}
	return out
}

// usedInTemplates collects every key that a template names, and the fields of forms.
func usedInTemplates(t *testing.T) map[string]bool {
	t.Helper()
	used := map[string]bool{}
	files, err := fs.Glob(templateFiles, "templates/*.html")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		raw, err := templateFiles.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		tree := parse.New(file)
		tree.Mode = parse.SkipFuncCheck
		sets := map[string]*parse.Tree{}
		if _, err := tree.Parse(string(raw), "", "", sets); err != nil {
			t.Fatal(err)
		}
		for _, set := range sets {
			walk(set.Root, func(call []string) { note(used, call) })
		}
	}
	return used
}

// note keeps what one call of a function in a template asks for.
func note(used map[string]bool, call []string) {
	switch {
	case len(call) > 1 && call[0] == "t" && call[1] != "":
		used[call[1]] = true
	case len(call) > 1 && call[0] == "term":
		used[call[1]+".*"] = true
	case len(call) > 2 && slices.Contains([]string{"field", "choice", "options"}, call[0]):
		used["label."+call[2]] = true
		if call[0] == "choice" {
			used[call[3]+".*"] = true
		}
	}
}

// walk calls fn with each command of a template: its function and its string arguments, "" for others.
func walk(node parse.Node, fn func([]string)) {
	switch n := node.(type) {
	case *parse.ListNode:
		if n != nil {
			for _, child := range n.Nodes {
				walk(child, fn)
			}
		}
	case *parse.ActionNode:
		walk(n.Pipe, fn)
	case *parse.TemplateNode:
		walk(n.Pipe, fn)
	case *parse.IfNode:
		walkBranch(&n.BranchNode, fn)
	case *parse.RangeNode:
		walkBranch(&n.BranchNode, fn)
	case *parse.WithNode:
		walkBranch(&n.BranchNode, fn)
	case *parse.PipeNode:
		if n == nil {
			return
		}
		for _, command := range n.Cmds {
			call := make([]string, len(command.Args))
			for i, arg := range command.Args {
				switch a := arg.(type) {
				case *parse.IdentifierNode:
					call[i] = a.Ident
				case *parse.StringNode:
					call[i] = a.Text
				default:
					walk(a, fn)
				}
			}
			fn(call)
		}
	}
}

func walkBranch(n *parse.BranchNode, fn func([]string)) {
	walk(n.Pipe, fn)
	walk(n.List, fn)
	walk(n.ElseList, fn)
}

// usedInCode collects every string of the package's code that looks like a key.
func usedInCode(t *testing.T) map[string]bool {
	t.Helper()
	used := map[string]bool{}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`"([a-z_]+\.[a-z_]+)"`).FindAllSubmatch(raw, -1) {
			used[string(m[1])] = true
		}
	}
	return used
}

func TestCataloguesSayTheSameThings(t *testing.T) {
	all, err := readCatalogues()
	if err != nil {
		t.Fatal(err)
	}
	fa, en := all[Persian].texts, all[English].texts
	for key, text := range fa {
		if en[key] == "" || text == "" {
			t.Errorf("%s is missing in one language", key)
		}
		if !slices.Equal(holes(text), holes(en[key])) {
			t.Errorf("%s has %v in one language and %v in the other", key, holes(text), holes(en[key]))
		}
	}
	for key := range en {
		if fa[key] == "" {
			t.Errorf("%s is missing in Persian", key)
		}
	}
}

// holes are the places that a text leaves for values.
func holes(text string) []string {
	found := regexp.MustCompile(`\{[a-z]+\}`).FindAllString(text, -1)
	slices.Sort(found)
	return found
}

func TestNoTextIsMissingAndNoneIsLeftOver(t *testing.T) {
	all, err := readCatalogues()
	if err != nil {
		t.Fatal(err)
	}
	texts, wanted, sets := all[Persian], map[string]bool{}, families()
	for family, members := range sets {
		for _, member := range members {
			wanted[family+"."+member] = true
		}
	}
	for key := range usedInTemplates(t) {
		family, dynamic := strings.CutSuffix(key, ".*")
		switch {
		case !dynamic:
			wanted[key] = true
		case sets[family] == nil:
			t.Errorf("a template takes words of the family %q, which no closed set fills", family)
		}
	}
	for key := range wanted {
		if !texts.has(key) {
			t.Errorf("%s is wanted and has no text", key)
		}
	}
	code := usedInCode(t)
	for key := range texts.texts {
		field, hint := strings.CutPrefix(key, "hint.")
		if !wanted[key] && !code[key] && !(hint && texts.has("label."+field)) {
			t.Errorf("%s is said nowhere", key)
		}
	}
}
