package auth

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
)

// LoadOrCreate returns the secret in a file. If there is no file it makes one
// that only its owner can read, with a new secret; created is then true. A file
// that others can read is refused, because its secret may be known to them.
func LoadOrCreate(path string) (secret string, created bool, err error) {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		secret, err = load(path)
		return secret, false, err
	}
	if err != nil {
		return "", false, fmt.Errorf("make the token file: %w", err)
	}
	secret = NewSecret()
	_, err = file.WriteString(secret + "\n")
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		// A file without a whole secret would be in the way at the next start.
		return "", false, errors.Join(fmt.Errorf("write the token file: %w", err), os.Remove(path))
	}
	return secret, true, nil
}

func load(path string) (string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", fmt.Errorf("read the token file: %w", err)
	}
	if !info.Mode().IsRegular() {
		return "", fmt.Errorf("the token file %s is no file: move it away to get a new token", path)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return "", fmt.Errorf("other users can read the token file: run chmod 600 %s, or delete it to get a new token", path)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("read the token file: %w", err)
	}
	secret := strings.TrimSpace(string(data))
	if len(secret) < minSecret {
		return "", fmt.Errorf("the token file %s holds no token: delete it to get a new one", path)
	}
	return secret, nil
}
