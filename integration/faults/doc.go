// Package faults breaks real servers under Ambit while clients write through it,
// and holds what is left against a model that followed the acknowledgements.
//
//	writers ─┐                ┌─ link ─┐
//	         ├─▶ ambit 1, 2 ──┤        ├──▶ PostgreSQL
//	readers ─┘   (processes)  └─ link ─┴──▶ SpiceDB ──▶ PostgreSQL
//	   │              ▲           ▲             ▲
//	   │              └───────────┴── faults ───┘   kill -9 at every step of a write,
//	   ▼                                            restarts, broken networks, ...
//	 model ◀── acknowledged: in │ refused: out │ neither: read and see
//
// Each writer has objects of its own, so that it knows what every answer must
// be; they share tenants, servers and a team in each tenant. After every
// acknowledgement it asks both servers about what changed: with its token at
// once, without one on the server that took the write at once, and on the other
// after the staleness bound. Readers do the same while writers go on.
//
// A run ends with everything mended: then the outbox becomes empty, `ambit
// reconcile` finds no drift, the exported world is that of the model, and the
// audit log has each acknowledged change once.
//
//	make integration                                            a minute of faults, in all
//	make faults DURATION=30m                                    more
//	AMBIT_UPDATE=1 make faults                                  also writes docs/faults.md
//	scripts/integration ./faults -seed 7                        choices as in a run that printed 7
//	scripts/integration ./faults -run '^$' -bench .             the benchmarks
//
// It needs Docker, and the images that docker-compose.yml names (scripts/images
// makes stand-ins where they cannot be pulled).
package faults
