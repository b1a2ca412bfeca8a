package faults

import (
	"context"
	"fmt"
	"syscall"
	"time"
)

// fault is something that must not do any harm.
type fault struct {
	name string
	run  func(t *trial)
}

// faults returns all, in the order of the table.
func faults() []fault {
	all := []fault{
		{"none", fleetUnder(func(ctx context.Context, _ *fleet, _ *trial) error { sleep(ctx, 100*time.Millisecond); return nil })},
		{"two servers race for one tenant", race},
	}
	for _, step := range []string{"before commit", "after commit", "before write", "after write", "after record"} {
		all = append(all, fault{"kill -9 of a server " + step, killAt(step)})
	}
	all = append(all,
		fault{"kill -9 of a server at any time", fleetUnder(killAnytime)},
		fault{"a server hangs and goes on", fleetUnder(hang)},
		fault{"SpiceDB stopped and restarted", fleetUnder(restartSpiceDB("SIGTERM"))},
		fault{"SpiceDB killed", fleetUnder(restartSpiceDB("SIGKILL"))},
		fault{"PostgreSQL restarted, fast", fleetUnder(restartPostgres("SIGINT"))},
		fault{"PostgreSQL restarted, immediate", fleetUnder(restartPostgres("SIGQUIT"))},
	)
	for _, to := range []string{"PostgreSQL", "SpiceDB"} {
		all = append(all,
			fault{"network to " + to + " slow", fleetUnder(worsen(to, slow))},
			fault{"network to " + to + " cut", fleetUnder(worsen(to, cut))},
			fault{"network to " + to + " resets", fleetUnder(worsen(to, reset))},
		)
	}
	return append(all,
		fault{"answer to a COMMIT lost", fleetUnder(worsen("PostgreSQL", cutCommits))},
		fault{"all of these at once", fleetUnder(anything)},
		fault{"a role edited under checks", editRoleUnderChecks},
		fault{"disk full (SQLite)", fullDisk},
		fault{"clock jumps", jumpingClocks},
	)
}

// fleetUnder is a trial of two servers with a fault that strikes at random
// moments.
func fleetUnder(strike func(ctx context.Context, f *fleet, t *trial) error) func(t *trial) {
	return func(t *trial) {
		f := newFleet(t, t.lab)
		t.drive(f.doors(), func(ctx context.Context) {
			t.strikeAgain(ctx, func(ctx context.Context) error { return strike(ctx, f, t) })
			f.mend(t)
		})
		t.judgeAll()
	}
}

// enough is how often a server has to kill itself, however long that takes.
const enough = 2

// killAt is a trial of two servers that kill themselves at one step of a write,
// one time in some.
func killAt(step string) func(t *trial) {
	return func(t *trial) {
		f := newFleet(t, t.lab)
		t.drive(f.doors(), func(ctx context.Context) {
			// Arming kills each server once, which says nothing about the step.
			before := f.deaths() + int64(len(f.replicas))
			for i, r := range f.replicas {
				r.arm(fmt.Sprintf("%s=%d", step, 8+8*i))
			}
			end := time.Now().Add(t.duration)
			limit := end.Add(2 * patience)
			for time.Now().Before(end) || f.deaths() < before+enough && time.Now().Before(limit) {
				sleep(ctx, pollInterval)
			}
			t.counts.strikes.Store(f.deaths() - before)
			f.mend(t)
		})
		if t.counts.strikes.Load() < enough {
			t.Errorf("only %d times a server killed itself %s", t.counts.strikes.Load(), step)
		}
		t.judgeAll()
	}
}

// deaths is how often a server has ended.
func (f *fleet) deaths() int64 {
	var sum int64
	for _, r := range f.replicas {
		sum += r.deaths.Load()
	}
	return sum
}

func killAnytime(_ context.Context, f *fleet, t *trial) error {
	f.replicas[t.rng.IntN(len(f.replicas))].kill()
	return nil
}

// anything is one of the faults, which may strike while servers are still busy with
// the one before.
func anything(ctx context.Context, f *fleet, t *trial) error {
	strikes := []func(context.Context, *fleet, *trial) error{
		killAnytime, hang, restartSpiceDB("SIGKILL"), restartPostgres("SIGQUIT"),
		worsen("PostgreSQL", cut), worsen("PostgreSQL", reset), worsen("PostgreSQL", cutCommits), worsen("PostgreSQL", slow),
		worsen("SpiceDB", cut), worsen("SpiceDB", reset), worsen("SpiceDB", slow),
	}
	return strikes[t.rng.IntN(len(strikes))](ctx, f, t)
}

// downtime is how long a server stays away.
func downtime(t *trial) time.Duration { return time.Duration(100+t.rng.IntN(500)) * time.Millisecond }

// hang stops a server in the middle of whatever it does, and lets it go on after
// others may have done its work.
func hang(ctx context.Context, f *fleet, t *trial) error {
	r := f.replicas[t.rng.IntN(len(f.replicas))]
	r.signal(syscall.SIGSTOP)
	sleep(ctx, downtime(t))
	r.signal(syscall.SIGCONT)
	return nil
}

func restartSpiceDB(signal string) func(context.Context, *fleet, *trial) error {
	return func(ctx context.Context, f *fleet, t *trial) error {
		return f.spicedb.restart(ctx, signal, downtime(t))
	}
}

// restartPostgres restarts the server of both, Ambit and SpiceDB. "Fast" ends
// sessions and closes properly, "immediate" is a crash that has to be recovered
// from.
func restartPostgres(signal string) func(context.Context, *fleet, *trial) error {
	return func(ctx context.Context, f *fleet, t *trial) error {
		return f.lab.postgres.restart(ctx, signal, downtime(t))
	}
}

// worsen makes the links to one server worse for a while: of one replica or of
// both.
func worsen(to string, worse func(t *trial) []toxic) func(context.Context, *fleet, *trial) error {
	return func(ctx context.Context, f *fleet, t *trial) error {
		links := f.engines
		if to == "PostgreSQL" {
			links = f.databases
		}
		for i, l := range links {
			hit := t.rng.IntN(3) // 0: only the first, 1: only the second, 2: both
			if hit != 2 && hit != i {
				continue
			}
			for _, toxic := range worse(t) {
				if err := l.poison(toxic); err != nil {
					return err
				}
			}
		}
		sleep(ctx, time.Duration(200+t.rng.IntN(800))*time.Millisecond)
		for _, l := range links {
			l.heal()
		}
		return nil
	}
}

// eitherWay is a toxic in one direction or in both.
func eitherWay(t *trial, kind string, attributes map[string]int) []toxic {
	up, down := toxic{kind, "upstream", attributes}, toxic{kind, "downstream", attributes}
	return [][]toxic{{up}, {down}, {up, down}}[t.rng.IntN(3)]
}

func slow(t *trial) []toxic {
	return eitherWay(t, "latency", map[string]int{"latency": 20 + t.rng.IntN(200), "jitter": 20})
}

// cut lets nothing through any more; connections stay open until it ends.
func cut(t *trial) []toxic { return eitherWay(t, "timeout", map[string]int{"timeout": 0}) }

// reset ends every connection with RST, some milliseconds after its next byte.
func reset(t *trial) []toxic {
	return eitherWay(t, "reset_peer", map[string]int{"timeout": t.rng.IntN(100)})
}

func cutCommits(*trial) []toxic {
	return []toxic{{commitCutType, "downstream", map[string]int{"odds": 4}}}
}
