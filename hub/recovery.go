package hub

// Proof is the kind of document by which a clerk knew a person. Its number is never kept.
type Proof string

// Proofs lists the kinds.
var Proofs = []Proof{"national_card", "birth_certificate", "passport", "driving_licence", "other"}
