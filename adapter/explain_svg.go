package adapter

import (
	"encoding/xml"
	"fmt"
	"strings"

	"github.com/ambit-iam/ambit/adapter/iam"
)

// Measures of the picture, in pixels.
const (
	boxWidth  = 210
	boxHeight = 50
	boxGap    = 74
	rowHeight = 92
	margin    = 24
	headline  = 64
	// perLine is how many signs of 13 pixels fit into a box; wider signs count double.
	perLine = 27
	// charWidth is what a sign of the headline takes at most.
	charWidth = 9
	// lineHeight is the distance of two lines of text.
	lineHeight = 22
)

// svgStyle serves light and dark backgrounds: whoever shows the picture says
// which one is preferred.
const svgStyle = `<style>
text{font:13px system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;fill:#1f2328}
.head{font-size:16px;font-weight:600}.small{font-size:11px;fill:#59636e}
.page{fill:#ffffff}.box{fill:#f6f8fa;stroke:#8c959f}.role{fill:#ddf4ff;stroke:#0969da}.object{fill:#dafbe1;stroke:#1a7f37}.no{fill:#ffebe9;stroke:#cf222e}
.edge{stroke:#59636e;fill:none;stroke-width:1.5}.tip{fill:#59636e}.cut{stroke:#cf222e;stroke-dasharray:5 4;fill:none;stroke-width:1.5}
@media (prefers-color-scheme:dark){text{fill:#f0f6fc}.small{fill:#9198a1}.page{fill:#0d1117}.box{fill:#151b23;stroke:#656c76}
.role{fill:#121d2f;stroke:#4493f8}.object{fill:#12261e;stroke:#3fb950}.no{fill:#25171c;stroke:#f85149}.edge{stroke:#9198a1}.tip{fill:#9198a1}.cut{stroke:#f85149}}
</style>
<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path class="tip" d="M0 0L8 4L0 8z"/></marker></defs>
`

// box is one stop of a path, and what the arrow to it says.
type box struct {
	class, title, detail string
	arrow                string
}

// SVG draws an explanation: a row for each path, from the subject to the object.
// A no has one row without a way, and what it comes from. The picture needs no
// other file, and suits light and dark backgrounds.
func (x Explanation) SVG() string {
	d := drawing{names: textWriter{names: x.Names}}
	for _, path := range x.Paths {
		d.row(x.boxes(path))
		for _, condition := range path.Conditions {
			d.conditions(condition)
		}
	}
	if !x.Allowed {
		d.refused(x)
	} else if x.More > 0 {
		d.text(margin, "small", fmt.Sprintf("and %d more", x.More))
	}
	return d.page(x)
}

// drawing collects rows.
type drawing struct {
	body   strings.Builder
	names  textWriter
	y      int
	widest int
}

// boxes are the stops of a path.
func (x Explanation) boxes(path AccessPath) []box {
	names := textWriter{names: x.Names}
	var boxes []box
	for i, ref := range path.Chain {
		stop := refBox(&names, ref)
		if i > 0 {
			stop.arrow = "is in"
		}
		boxes = append(boxes, stop)
	}
	if path.Grant == nil {
		object := refBox(&names, path.Through[0])
		object.class, object.arrow = "object", "owns"
		if len(boxes) == 0 {
			object.arrow = ""
			object.detail = "has no owner"
		}
		return append(boxes, object)
	}
	boxes = append(boxes, roleBox(path))
	for i := len(path.Through) - 1; i >= 0; i-- {
		stop := refBox(&names, path.Through[i])
		stop.arrow = "reaches"
		switch {
		case i == len(path.Through)-1:
			stop.arrow = "at"
		case path.Below:
			stop.arrow = "is in"
		}
		if i == 0 {
			stop.class = "object"
		}
		boxes = append(boxes, stop)
	}
	return boxes
}

func refBox(names *textWriter, ref iam.Ref) box {
	return box{class: "box", title: ref.String(), detail: names.names[ref]}
}

func roleBox(path AccessPath) box {
	grant := path.Grant
	stop := box{class: "role", title: "role " + string(grant.Role), detail: "any role counts", arrow: "holds"}
	if path.Kind == "ROLE" {
		stop.detail = path.Permission
		if grant.Pattern != "" && grant.Pattern != path.Permission {
			stop.detail = grant.Pattern
		}
	}
	switch {
	case grant.Carried:
		stop.detail += " · by the group"
	case len(grant.Policies) > 0:
		stop.detail += " · " + string(grant.Policies[0])
	}
	return stop
}

func (d *drawing) conditions(condition AccessCondition) {
	text := "provided that the subject owns " + condition.Object.String() + ", or nobody does, or it may pass"
	if condition.Permission != "" {
		text = "provided that the subject has " + condition.Permission + " at " + condition.Object.String()
	}
	d.text(margin, "small", text)
	for _, path := range condition.Paths {
		d.row(Explanation{Names: d.names.names}.boxes(path))
	}
	if condition.More > 0 {
		d.text(margin, "small", fmt.Sprintf("and %d more", condition.More))
	}
}

// refused draws a no.
func (d *drawing) refused(x Explanation) {
	subject, object := refBox(&d.names, x.Request.Subject), refBox(&d.names, x.Request.Object)
	object.class, object.arrow = "no", ""
	d.row([]box{subject, object})
	d.element(`<path class="cut" d="M%d %dH%d"/>`, margin+boxWidth, headline+boxHeight/2, margin+boxWidth+boxGap)
	for _, denial := range x.Denials {
		d.wrapped("• " + denial.Sentence)
	}
	if x.More > 0 {
		d.text(margin, "small", fmt.Sprintf("and %d more", x.More))
	}
	if len(x.Suggestions) > 0 {
		d.y += lineHeight / 2
		d.text(margin, "small", "It would be yes after one of these, the smallest first:")
	}
	for i, suggestion := range x.Suggestions {
		d.wrapped(fmt.Sprintf("%d. %s", i+1, suggestion.words()))
	}
}

// row draws stops side by side.
func (d *drawing) row(boxes []box) {
	y := headline + d.y
	for i, stop := range boxes {
		left := margin + i*(boxWidth+boxGap)
		d.element(`<rect class="%s" x="%d" y="%d" width="%d" height="%d" rx="8"/>`, stop.class, left, y, boxWidth, boxHeight)
		middle := left + boxWidth/2
		baseline := y + 30
		if stop.detail != "" {
			baseline = y + 21
			d.element(`<text class="small" x="%d" y="%d" text-anchor="middle">%s</text>`, middle, y+39, fitted(stop.detail, perLine+4))
		}
		d.element(`<text x="%d" y="%d" text-anchor="middle"><title>%s</title>%s</text>`, middle, baseline, escaped(stop.title), fitted(stop.title, perLine))
		if stop.arrow != "" {
			d.element(`<path class="edge" marker-end="url(#tip)" d="M%d %dH%d"/>`, left-boxGap+2, y+boxHeight/2, left-3)
			d.element(`<text class="small" x="%d" y="%d" text-anchor="middle">%s</text>`, left-boxGap/2, y+boxHeight/2-6, escaped(stop.arrow))
		}
	}
	d.widest = max(d.widest, len(boxes)*(boxWidth+boxGap)-boxGap)
	d.y += rowHeight
}

// wrapped writes a sentence over as many lines as it needs.
func (d *drawing) wrapped(text string) {
	const width = 100
	line := ""
	for word := range strings.FieldsSeq(text) {
		if line != "" && columns(line)+1+columns(word) > width {
			d.text(margin, "line", line)
			line = "  "
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	d.text(margin, "line", line)
}

// text writes one line.
func (d *drawing) text(x int, class, text string) {
	d.element(`<text class="%s" x="%d" y="%d" xml:space="preserve">%s</text>`, class, x, headline+d.y, escaped(text))
	d.widest = max(d.widest, columns(text)*charWidth*5/6)
	d.y += lineHeight
}

func (d *drawing) element(format string, args ...any) { fmt.Fprintf(&d.body, format+"\n", args...) }

// page puts the headline above the rows, and all into one picture.
func (d *drawing) page(x Explanation) string {
	word := "no"
	if x.Allowed {
		word = "yes"
	}
	title := fmt.Sprintf("%s: %s %s %s", word, x.Request.Subject, x.Request.Permission, x.Request.Object)
	width, height := max(d.widest, columns(title)*charWidth)+2*margin, headline+d.y+margin/2
	var page strings.Builder
	fmt.Fprintf(&page, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" role="img">`+"\n", width, height, width, height)
	fmt.Fprintf(&page, "<title>%s</title>\n%s", escaped(title), svgStyle)
	fmt.Fprintf(&page, `<rect class="page" width="%d" height="%d"/>`+"\n", width, height)
	fmt.Fprintf(&page, `<text class="head" x="%d" y="%d">%s</text>`+"\n", margin, margin+16, escaped(title))
	return page.String() + d.body.String() + "</svg>\n"
}

// columns is how wide a text is, in signs of usual width.
func columns(text string) int {
	width := 0
	for _, sign := range text {
		width++
		if sign >= 0x1100 {
			width++
		}
	}
	return width
}

// fitted cuts a text to a width.
func fitted(text string, width int) string {
	if columns(text) <= width {
		return escaped(text)
	}
	cut := ""
	for _, sign := range text {
		if columns(cut)+columns(string(sign)) > width-1 {
			break
		}
		cut += string(sign)
	}
	return escaped(cut + "…")
}

// escaped makes a text safe inside elements and attributes. Signs that XML does
// not know become others.
func escaped(text string) string {
	var b strings.Builder
	if err := xml.EscapeText(&b, []byte(clean(text))); err != nil { // a Builder never fails
		return ""
	}
	return b.String()
}
