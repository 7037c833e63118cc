import AllocationCount
import Planwright

// Counts what reads and units of work of a store in memory allocate, without telemetry and with it.
// Fails when telemetry that is not used allocates. For builds with optimization: others allocate
// what the optimizer leaves out.

/// The allocations of a number of reads of a plan, and of the same number of units of work.
func allocations(_ telemetry: PlanTelemetry, rounds: Int) throws -> (reads: Int, writes: Int) {
  let system = try PlanSystem.open(.inMemory, telemetry: telemetry)
  let id = try system.plans.writeBlocking { transaction in
    try transaction.createAction(
      ActionDefinition(
        name: "local/sample", description: "a sample", definitionOfDone: "done",
        actors: Actors(strategy: "a", execution: "a")))
    return try transaction.use("local/sample").id
  }
  func read() throws { _ = try system.plans.readBlocking { try $0.plan(id).version } }
  func write() throws { _ = try system.plans.writeBlocking { try $0.plan(id).version } }
  // The first calls allocate what is kept.
  for _ in 0..<100 {
    try read()
    try write()
  }
  let start = allocation_count()
  for _ in 0..<rounds { try read() }
  let middle = allocation_count()
  for _ in 0..<rounds { try write() }
  let end = allocation_count()
  try system.close()
  return (middle - start, end - middle)
}

var telemetry = PlanTelemetry.none
telemetry.unitOfWorkBegan = {}
telemetry.unitOfWorkEnded = { _ in }

let rounds = 10_000
let unused = try allocations(.none, rounds: rounds)
let used = try allocations(telemetry, rounds: rounds)
if allocation_count() < 0 {
  print("allocations are counted with glibc only")
} else {
  print("allocations of \(rounds) reads: \(unused.reads) without telemetry, \(used.reads) with it")
  print("of \(rounds) units of work: \(unused.writes) without telemetry, \(used.writes) with it")
  // The one object of a unit of work: its effects.
  precondition(unused.reads == 0 && unused.writes <= rounds, "telemetry that is not used allocates")
}
