// Hosts import `Planwright`, which exports two modules completely and single types of the storage
// modules. The ports, engines and registries of those modules are for authors of stores.
@_exported public import PlanDomain
@_exported public import PlanLifecycle
public import PlanStorage
@_exported public import struct SQLiteStorage.SQLiteOptions

/// The store that a system opens, as in `.sqlite(at: "plans.db")` or `.inMemory`.
///
/// An alias, because importing the type itself would also export the members that `PlanStorage`
/// adds to other types for authors of stores.
public typealias StorageBackend = PlanStorage.StorageBackend
