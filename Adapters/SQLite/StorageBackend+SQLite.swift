public import PlanStorage

extension StorageBackend {
  /// The SQLite store in the file at this path; a relative path is resolved by this call.
  ///
  /// Opening creates the file and its schema when the file does not exist. It throws
  /// ``Planwright/StorageError/Code/invalidLocation`` for `:memory:`, with the forms of an
  /// in-memory store, and the other errors that `PlanSystem.open` names.
  ///
  /// ```swift
  /// let options = SQLiteOptions(busyTimeout: .seconds(30))
  /// let system = try PlanSystem.open(.sqlite(at: "plans.db", options: options))
  /// ```
  public static func sqlite(
    at path: String, options: SQLiteOptions = .standard
  ) -> StorageBackend {
    .sqlite(at: path, options: options, in: .shared)
  }

  /// The SQLite store in the file at this path; its engine is shared in this registry.
  package static func sqlite(
    at path: String, options: SQLiteOptions = .standard, in registry: SQLiteEngineRegistry
  ) -> StorageBackend {
    let absolute = Result { () throws(StorageError) in
      try DatabaseIdentity.absolute(path, "opening")
    }
    return BackendFactory.make(
      SQLiteLocation.description(ofFile: path, options),
      openExisting: { try registry.openExisting(try absolute.get(), options) },
      openReadOnly: { try registry.openReadOnly(try absolute.get(), options) },
      schema: { try registry.schema(at: try absolute.get(), timeout: options.busyTimeout) },
      migrate: { try registry.migrate(try absolute.get(), options) },
      restore: { backup, replacing, progress in
        try registry.restore(
          try absolute.get(), from: backup, replacing: replacing, timeout: options.busyTimeout,
          progress)
      },
      open: { try registry.open(try absolute.get(), options) })
  }

  /// A private SQLite store in memory; each opening creates a new one.
  public static var sqliteInMemory: StorageBackend {
    BackendFactory.make("sqlite:memory:") { try SQLiteEngineRegistry.shared.openMemory() }
  }

  /// The SQLite store in memory of this name, shared by all callers in the process.
  ///
  /// The store ends when the last of them closes it, so migrating a store that is not open has no
  /// effect. Opening throws ``Planwright/StorageError/Code/invalidLocation`` unless the name is
  /// 1…128 bytes of printable ASCII without `?` and `#`, which `sqlite:memory:NAME` cannot contain.
  public static func sqliteInMemory(named name: String) -> StorageBackend {
    .sqliteInMemory(named: name, in: .shared)
  }

  /// The SQLite store in memory of this name; its engine is shared in this registry.
  package static func sqliteInMemory(
    named name: String, in registry: SQLiteEngineRegistry
  ) -> StorageBackend {
    BackendFactory.make(
      "sqlite:memory:\(name)",
      schema: { try registry.schema(ofMemoryNamed: name) },
      migrate: { try registry.migrateMemory(named: name) },
      open: { try registry.openMemory(named: name) })
  }
}
