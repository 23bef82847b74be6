// Package gateway sends texts through a provider that is reached over HTTP, in the shape that such gateways have: JSON
// goes in, one call per text, a message id comes out, and what became of the text is asked for later (polling) or told
// (callback). How a certain gateway names things is settings, not code: field names, JSON pointers (RFC 6901) into its
// answers, and a table of its status words.
//
// What counts is to know whether a text may have left. A call that did not reach the gateway is deferred; one that did,
// and whose answer is missing, cut, or makes no sense, is unknown, and nothing here sends it a second time: redirects
// are not followed and the transport may not replay.
package gateway
