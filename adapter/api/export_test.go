package api

// MaxLocal is maxLocal.
const MaxLocal = maxLocal
