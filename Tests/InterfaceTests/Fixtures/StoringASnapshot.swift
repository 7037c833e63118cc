// error: 'snapshot' is borrowed and cannot be consumed
import Planwright

struct Keeper: ~Copyable {
  let snapshot: PlanSnapshot
}

func host(_ system: PlanSystem) async throws {
  try await system.plans.read { snapshot in
    _ = Keeper(snapshot: snapshot)
  }
}
