package document

// Files for tests from outside the package.
var (
	Paper     = paper
	CleanName = cleanName
)
