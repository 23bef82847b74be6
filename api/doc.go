// Package api is the hub's wire: HTTP in, domain calls, JSON out. The OpenAPI document is made from the same types and
// route declarations that serve the calls, so that what is documented is what runs.
//
// A request passes one chain before a handler sees it. Its route is looked up (an unknown one is a 404 or 405 problem);
// its body is bounded by the route's limit; sign-in is rate-limited by address; the caller is recognised by key or by
// session; the route's declared access is asked of hub/access, and a route that declares none is refused to everybody;
// what is expensive waits for its turn at the gate, and is turned away with 429 or 503 when none comes in time. Only then is
// the body read. A creating call with an Idempotency-Key is answered from the stored answer when it ran before: its key is
// held while it runs (idempotency.go), or is taken by the very commit that does what it asks for (ride.go). The domain
// packages decide again, on the object itself.
//
// Every refusal is one hub.Error turned into application/problem+json by one table (problem.go). Nothing that the caller
// sent is ever repeated: not in problems, not in logs.
package api
