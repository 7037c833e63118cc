// What a host imports is `Planwright`; the words it uses are those of the inner modules.
@_exported public import InMemoryStorage
@_exported public import PlanDomain
@_exported public import PlanLifecycle
@_exported public import PlanStorage
@_exported public import SQLiteStorage
