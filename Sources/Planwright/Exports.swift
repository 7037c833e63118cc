// Hosts import `Planwright` and get two modules whole. Of the modules of the stores they get single
// types: the ports, engines and registries beside them are for authors of stores.
@_exported public import PlanDomain
@_exported public import PlanLifecycle
public import PlanStorage
@_exported public import struct SQLiteStorage.SQLiteOptions

/// Names the store that a system opens, as in `.sqlite(at: "plans.db")` or `.inMemory`.
///
/// A second name, because an import of the type would bring the members that `PlanStorage` adds to
/// other types for authors of stores.
public typealias StorageBackend = PlanStorage.StorageBackend
