package world_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/world"
)

func FuzzParse(f *testing.F) {
	f.Add([]byte(everything))
	f.Add([]byte("users: [{id: a, name: \"\\u0000\"}]"))
	f.Add([]byte("{\"policies\":[{\"subject\":\"user:a\",\"roles\":[],\"scope\":\"a:A\"}]}"))
	f.Add([]byte("users: &a [*a]\nscopes: *a\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		w, err := world.Parse("fuzz", data, nil)
		if err != nil {
			assert.Equal(t, iam.InvalidArgument, iam.CodeOf(err))
			return
		}
		text, err := world.Format(w, nil)
		if err != nil {
			return // no UTF-8
		}
		again, err := world.Parse("again", text, nil)
		require.NoError(t, err, "%s", text)
		// Empty lists of a world say nothing, other than empty lists of its objects.
		second, err := world.Format(again, nil)
		require.NoError(t, err)
		assert.Equal(t, string(text), string(second))
	})
}

func FuzzParseFile(f *testing.F) {
	f.Add([]byte(trialFile))
	f.Add([]byte("model: x\ncases: [{name: a, when: [{advance: 1}], then: {allow: [a]}}]"))
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := world.ParseFile("fuzz", data)
		if err != nil {
			assert.Equal(t, iam.InvalidArgument, iam.CodeOf(err))
			return
		}
		assert.NotEmpty(t, file.Model)
	})
}
