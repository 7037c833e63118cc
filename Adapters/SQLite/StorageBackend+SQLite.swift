public import PlanStorage

extension StorageBackend {
  /// The SQLite store in the file at this path; a relative one is looked up when this is called.
  ///
  /// The file is created, with its schema, when it does not exist. Opening throws `StorageError`:
  /// `invalidLocation` for `:memory:`, saying how the two in-memory forms are written.
  public static func sqlite(
    at path: String, options: SQLiteOptions = .standard
  ) -> StorageBackend {
    .sqlite(at: path, options: options, in: .shared)
  }

  /// The SQLite store in the file at this path, with an engine of this registry.
  package static func sqlite(
    at path: String, options: SQLiteOptions = .standard, in registry: SQLiteEngineRegistry
  ) -> StorageBackend {
    let absolute = Result { () throws(StorageError) in
      try DatabaseIdentity.absolute(path, "opening")
    }
    return StorageBackend(
      SQLiteLocation.description(ofFile: path),
      openExisting: { try registry.openExisting(try absolute.get(), options) },
      schema: { try registry.schema(at: try absolute.get(), patience: options.busyTimeout) },
      migrate: { try registry.migrate(try absolute.get(), options) },
      open: { try registry.open(try absolute.get(), options) })
  }

  /// A private SQLite store in memory, new at every opening.
  public static var sqliteInMemory: StorageBackend {
    StorageBackend("sqlite:memory:") { try SQLiteEngineRegistry.shared.openMemory() }
  }

  /// The SQLite store in memory of this name, shared by all callers in the process.
  ///
  /// It ends when the last of them closes it, so a migration of one that nobody has open leaves
  /// nothing. Opening throws `StorageError` (`invalidLocation`) unless the name is 1…128 bytes of
  /// printable ASCII.
  public static func sqliteInMemory(named name: String) -> StorageBackend {
    .sqliteInMemory(named: name, in: .shared)
  }

  /// The SQLite store in memory of this name, with an engine of this registry.
  package static func sqliteInMemory(
    named name: String, in registry: SQLiteEngineRegistry
  ) -> StorageBackend {
    StorageBackend(
      "sqlite:memory:\(name)",
      schema: { try registry.schema(ofMemoryNamed: name) },
      migrate: { try registry.migrateMemory(named: name) },
      open: { try registry.openMemory(named: name) })
  }
}
