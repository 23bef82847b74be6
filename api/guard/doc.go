// Package guard is what stands before every handler of the public door, of the wire and of the pages alike: what a
// browser is told about an answer, how often one address may knock, how long a body may take, and from whose pages a
// form may come. Each is closed by default: a handler opens what it needs, and one that forgets is merely strict.
package guard
