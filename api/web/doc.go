// Package web is what people see: pages in Persian and English, drawn by the server. They work with plain links and
// forms; htmx makes forms and refreshing tables smoother, and one small module listens on the live channel so that a
// new notice appears in the inbox by itself. There is no script or style inside a page and no query with personal data.
//
// A request becomes a visit: who asks, in which language, from which session. The handler reads the form, calls the
// domain, and renders a page from what came back. Nothing is decided here: the domain packages ask hub/access on every
// call, and what they refuse becomes an error page, or the words beside a field. Until a notice is opened its pages are
// given the cover and nothing else, so no template can show more.
//
// Every text stands in messages/fa.json and messages/en.json. A test holds that both have the same keys, that no
// template and no code names a missing one, and that none is left over.
package web
