package gateway

import (
	"encoding/json"

	"eblagh/hub"
)

// mostItems bounds the reports in one answer or callback.
const mostItems = 1000

// reports reads what became of texts. Words that say nothing final are left out, so are items without an id. Only id
// and word are kept of what came: gateways repeat the number and the text beside them, which must not lie about in the
// clear.
func (g *Gateway) reports(value any, where Pointers) []hub.Report {
	var found []hub.Report
	list, strange := items(value, where.Items), 0
	for _, item := range list[:min(len(list), mostItems)] {
		id, word := textAt(item, where.ID), textAt(item, where.Word)
		r, known := g.o.Words[word]
		if !known {
			strange++
		}
		if !known || id == "" || r.Outcome != hub.OutcomeDelivered && r.Outcome != hub.OutcomeRejected {
			continue
		}
		raw, err := json.Marshal(map[string]string{"id": id, "word": word})
		if err != nil {
			continue
		}
		found = append(found, hub.Report{Provider: g.o.Name, MessageID: id, Outcome: r.Outcome, Reason: r.Reason,
			Raw: raw})
	}
	if strange > 0 {
		g.o.Logger.Warn("status words are not in the table", "provider", g.o.Name, "count", strange)
	}
	return found
}
