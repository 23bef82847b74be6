package web

import (
	"strings"

	"eblagh/hub"
	"eblagh/hub/access"
)

// section is one entry of the navigation.
type section struct {
	Href    string
	Key     string
	Current bool
}

// part is a section, whom it is offered to and for whom it is the first.
type part struct {
	href, key string
	action    access.Action
	roles     []hub.Role // whom it is offered to; none: everybody who may
	acting    bool       // to who acts for a legal person alone
}

// parts are the sections in the order of who starts where: a clerk begins with the work, a citizen with the inbox.
func parts() []part {
	return []part{
		{href: "/court", key: "nav.court", action: access.NoticeSubmit, roles: []hub.Role{hub.RoleCourtClerk}},
		{href: "/office", key: "nav.office", action: access.RecipientEnrol, roles: []hub.Role{hub.RoleOfficeClerk, hub.RoleOfficeManager, hub.RoleAdmin}},
		{href: "/court/drafts", key: "nav.drafts", action: access.DraftDecide,
			roles: []hub.Role{hub.RoleJudge, hub.RoleOfficeClerk, hub.RoleOfficeManager}},
		{href: "/officer", key: "nav.officer", action: access.TaskWork},
		{href: "/operator", key: "nav.operator", action: access.LanesRead},
		{href: "/trail", key: "nav.trail", action: access.TrailRead},
		{href: "/keys", key: "nav.keys", action: access.KeyRead},
		{href: "/lawyer", key: "nav.lawyer", action: access.AttorneyHold},
		{href: "/inbox", key: "nav.inbox", action: access.InboxRead},
		{href: "/cases", key: "nav.cases", action: access.CaseRead},
		{href: "/representatives", key: "nav.representatives", action: access.RepresentativeRead, acting: true},
	}
}

// sections lists what the visitor may use.
func (v *visit) sections() []section {
	if !v.signedIn {
		return nil
	}
	var out []section
	for _, p := range parts() {
		if !v.offered(p) {
			continue
		}
		at := v.r.URL.Path
		out = append(out, section{Href: p.href, Key: p.key, Current: at == p.href || strings.HasPrefix(at, p.href+"/")})
	}
	return out
}

func (v *visit) offered(p part) bool {
	if _, err := access.May(v.principal.Traced(nil), p.action); err != nil {
		return false
	}
	if p.acting && v.principal.For.LegalPerson.IsZero() {
		return false
	}
	for _, role := range p.roles {
		if v.principal.Holds(role) {
			return true
		}
	}
	return len(p.roles) == 0
}

// home leads to the first section of the visitor's roles.
func (s *site) home(v *visit) error {
	if !v.signedIn {
		return v.redirect("/sign-in")
	}
	if v.principal.Unready {
		return v.redirect("/account/second-factor")
	}
	for _, section := range v.sections() {
		return v.redirect(section.Href)
	}
	return v.redirect("/account")
}
