package schema

import "strings"

// suggest returns "; did you mean X?" when a candidate is close to name.
func suggest(name string, candidates []string) string {
	if len(name) > maxIdentifier {
		return "" // comparing takes the product of the lengths
	}
	best, distance := "", max(1, len(name)/3)+1
	for _, candidate := range candidates {
		if len(candidate) > len(name)+distance {
			continue
		}
		if d := editDistance(strings.ToLower(name), strings.ToLower(candidate)); d < distance {
			best, distance = candidate, d
		}
	}
	if best == "" {
		return ""
	}
	return "; did you mean " + best + "?"
}

// editDistance is how many signs must be added, removed, replaced or swapped with
// their neighbour to make one text of the other.
func editDistance(a, b string) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := range len(a) {
		for j := range len(b) {
			rows[i+1][j+1] = cheapest(rows, a, b, i, j)
		}
	}
	return rows[len(a)][len(b)]
}

// cheapest returns the distance of a[:i+1] and b[:j+1], knowing all shorter ones.
func cheapest(rows [][]int, a, b string, i, j int) int {
	replaced := rows[i][j]
	if a[i] != b[j] {
		replaced++
	}
	best := min(replaced, rows[i][j+1]+1, rows[i+1][j]+1)
	if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
		best = min(best, rows[i-1][j-1]+1)
	}
	return best
}
