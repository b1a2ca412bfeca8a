package world

import "fmt"

// Report is what a scenario file's run came to, case by case, in their order.
type Report struct {
	// File is the name of the file.
	File    string
	Results []Result
}

// Result is what one case came to. Without failures it passed.
type Result struct {
	Case     string
	Failures []Failure
}

// Failure is one answer that was not as wanted.
type Failure struct {
	File string
	Case string
	// Question is a question of the case, or a step.
	Question string
	Wanted   string
	Got      string
}

// String returns the failure as one line.
func (f Failure) String() string {
	return fmt.Sprintf("%s: %s: %s: wanted %s, got %s", f.File, f.Case, f.Question, f.Wanted, f.Got)
}

// Passed returns the number of cases without failures.
func (r Report) Passed() int { return len(r.Results) - r.Failed() }

// Failed returns the number of cases with failures.
func (r Report) Failed() int {
	failed := 0
	for _, result := range r.Results {
		if len(result.Failures) > 0 {
			failed++
		}
	}
	return failed
}

// Failures returns the failures of all cases.
func (r Report) Failures() []Failure {
	var all []Failure
	for _, result := range r.Results {
		all = append(all, result.Failures...)
	}
	return all
}
