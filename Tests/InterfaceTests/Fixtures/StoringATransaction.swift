// error: 'transaction' is borrowed and cannot be consumed
import Planwright

struct Keeper: ~Copyable {
  let transaction: PlanTransaction
}

func host(_ system: PlanSystem) throws {
  try system.plans.writeBlocking { transaction in
    _ = Keeper(transaction: transaction)
  }
}
