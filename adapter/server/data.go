package server

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/ambit-iam/ambit/adapter/auth"
)

// dataFolder is an existing folder that only this process uses.
type dataFolder struct {
	path string
	lock *os.File
}

// openData makes and locks the folder. SpiceDB in this process is filled from
// the database in it, so that a second server would not hear of our writes and
// would answer by old ones.
func openData(path string) (*dataFolder, error) {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, fmt.Errorf("the data folder %s cannot be made: %w", path, cause(err))
	}
	lock, err := os.OpenFile(filepath.Join(path, "lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("the data folder %s cannot be used: %w", path, cause(err))
	}
	if err := lockFile(lock); err != nil {
		return nil, errors.Join(fmt.Errorf("another server uses the data folder %s; stop it, or choose another folder with --data", path), lock.Close())
	}
	return &dataFolder{path: path, lock: lock}, nil
}

// openData opens the data folder. Who has database and token elsewhere needs
// none.
func (c Config) openData() (*dataFolder, error) {
	if c.shared() {
		return &dataFolder{}, nil
	}
	return openData(c.Data)
}

func (d *dataFolder) file(name string) string { return filepath.Join(d.path, name) }

func (d *dataFolder) close() error {
	if d.lock == nil {
		return nil
	}
	return d.lock.Close()
}

// cause drops the path from a file error; the sentence around it has it.
func cause(err error) error {
	if inner, ok := errors.AsType[*fs.PathError](err); ok {
		return inner.Err
	}
	return err
}

// secrets are what callers of the two ports have to show.
type secrets struct {
	token string
	// tokenFile is empty if the token was configured.
	tokenFile string
	// tokenNew means that nobody has seen the token yet.
	tokenNew   bool
	spiceDBKey string
}

func (d *dataFolder) secrets(c Config) (found secrets, err error) {
	found.token = c.Token
	if found.token == "" {
		found.tokenFile = d.file(tokenFileName)
		if found.token, found.tokenNew, err = auth.LoadOrCreate(found.tokenFile); err != nil {
			return found, err
		}
	}
	if !c.spiceDBOff() && c.SpiceDBEndpoint == "" {
		found.spiceDBKey, _, err = auth.LoadOrCreate(d.file(spiceDBKeyFile))
	}
	return found, err
}

// Names in the data folder.
const (
	databaseFile   = "ambit.db"
	tokenFileName  = "token"
	spiceDBKeyFile = "spicedb-key"
)

// TokenFile returns the path of the token file in a data folder; an empty name
// means the default folder. There may be no such file. The error: there is no
// home folder.
func TokenFile(data string) (string, error) {
	if data != "" {
		return filepath.Join(data, tokenFileName), nil
	}
	folder, err := defaultData()
	return filepath.Join(folder, tokenFileName), err
}

// listenError is a sentence about a port that cannot be had.
func listenError(flag, address string, err error) error {
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return fmt.Errorf("%s is in use by another program; choose another address with %s", address, flag)
	case errors.Is(err, syscall.EACCES):
		return fmt.Errorf("this user may not listen on %s; choose a port above 1023 with %s", address, flag)
	}
	return fmt.Errorf("cannot listen on %s: %w", address, err)
}
