// Package hubtest holds what tests of several packages share: fakes of the ports that hub and dispatch declare, and a
// store that fails on demand. It never links into the product.
package hubtest
