package web

import (
	"eblagh/hub"
	"eblagh/hub/reading"
	"eblagh/hub/retention"
)

// legalHoldView is a hold with the names of those who placed and lifted it, as far as they are known.
type legalHoldView struct {
	retention.Hold
	PlacedByName, LiftedByName string
}

// InForce reports whether it was not lifted.
func (h legalHoldView) InForce() bool { return h.LiftedAt.IsZero() }

func legalHoldViews(holds []retention.Hold, names map[hub.ID]string) []legalHoldView {
	var list []legalHoldView
	for _, h := range holds {
		list = append(list, legalHoldView{h, names[h.PlacedBy], names[h.LiftedBy]})
	}
	return list
}

// heldPapers are the newest papers of a case, by their numbers.
func (v *visit) heldPapers(item reading.CaseItem) []option {
	texts := v.site.texts[v.language]
	var list []option
	for _, n := range item.Notices {
		list = append(list, option{Value: n.Cover.ID.String(),
			Text: texts.term("kind", n.Cover.Kind) + " · " + v.language.digits(n.Cover.Number)})
	}
	return list
}

// placeLegalHold answers POST /cases/{case}/legal-holds: legal_reason, held_notice.
func (s *site) placeLegalHold(v *visit) error {
	fields := map[string]string{"/reason": "legal_reason", "/notice_id": "held_notice"}
	return v.changeKeeping("hold_placed", fields, func(matter hub.ID, f *form) error {
		var notice hub.ID
		if f.value("held_notice") != "" {
			var err error
			if notice, err = hub.ParseID(f.value("held_notice")); err != nil {
				f.wrong("held_notice", "unknown")
				return nil
			}
		}
		_, err := s.deps.Keeper.Place(v.r.Context(), v.principal, matter, notice, f.value("legal_reason"))
		return err
	})
}

// liftLegalHold answers POST /cases/{case}/legal-holds/{hold}/lift.
func (s *site) liftLegalHold(v *visit) error {
	return v.changeKeeping("hold_lifted", nil, func(matter hub.ID, _ *form) error {
		hold, err := v.id("hold")
		if err != nil {
			return err
		}
		return s.deps.Keeper.Lift(v.r.Context(), v.principal, matter, hold)
	})
}
