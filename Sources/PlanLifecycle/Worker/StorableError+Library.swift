public import PlanDomain

// The errors of this library contain no values of arguments.
extension PlanError: StorableError {}
extension StorageError: StorableError {}
