package smsctest

// Text is a text that was taken as a whole.
type Text struct {
	To   string
	Body string
	IDs  []string // of its parts
}

// Addressed names a text by number and words.
type Addressed struct{ To, Body string }

// Texts are those that were taken as a whole so far, in the order of their last parts. A text of which a part is missing
// is none: no handset can put it together.
func (c *Centre) Texts() []Text {
	type key struct {
		bind      int
		to        string
		reference byte
	}
	var whole []Text
	open := map[key]*Text{}
	for _, part := range c.Parts() {
		if part.ID == "" {
			continue
		}
		total, n, reference, joined := part.UDH.GetConcatInfo()
		if !joined {
			whole = append(whole, Text{To: part.To, Body: part.Text, IDs: []string{part.ID}})
			continue
		}
		k := key{part.Bind, part.To, reference}
		text := open[k]
		if text == nil || n == 1 {
			text = &Text{To: part.To}
			open[k] = text
		}
		text.Body += part.Text
		text.IDs = append(text.IDs, part.ID)
		if n == total && len(text.IDs) == int(total) {
			whole = append(whole, *text)
			delete(open, k)
		}
	}
	return whole
}

// Counts is how often each text was taken as a whole. One attempt may have one at most.
func (c *Centre) Counts() map[Addressed]int {
	counts := map[Addressed]int{}
	for _, text := range c.Texts() {
		counts[Addressed{text.To, text.Body}]++
	}
	return counts
}
