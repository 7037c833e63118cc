// error: capture of 'transaction' with non-Sendable type 'PlanTransaction' in a '@Sendable' closure
import Planwright

func host(_ system: PlanSystem, _ plan: Plan.ID) throws {
  let advance: @Sendable () throws -> Plan = try system.plans.writeBlocking { transaction in
    { try transaction.advance(plan) }
  }
  _ = try advance()
}
