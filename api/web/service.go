package web

import (
	"time"

	"eblagh/hub"
)

// serviceView is where the law stands, in the visitor's language.
type serviceView struct {
	Status   hub.ServiceStatus
	Served   bool
	ServedAt time.Time
	Basis    string
	Rule     string

	RuleVersion string
}

func (v *visit) service(s hub.Service) serviceView {
	return serviceView{
		Status: s.Status, Served: !s.ServedAt.IsZero(), ServedAt: s.ServedAt,
		Basis: v.site.deps.Reader.Basis(s, string(v.language)), Rule: s.Rule, RuleVersion: s.RuleVersion,
	}
}
