public import PlanStorage

extension StorageBackend {
  /// The SQLite store in the file at this path; a relative one is looked up when this is called.
  ///
  /// The file is created, with its schema, when it does not exist. Opening throws `StorageError`.
  public static func sqlite(
    at path: String, options: SQLiteOptions = .standard
  ) -> StorageBackend {
    .sqlite(at: path, options: options, in: .shared)
  }

  /// The SQLite store in the file at this path, with an engine of this registry.
  package static func sqlite(
    at path: String, options: SQLiteOptions = .standard, in registry: SQLiteEngineRegistry
  ) -> StorageBackend {
    let absolute = DatabaseIdentity.absolute(path)
    return StorageBackend(
      SQLiteLocation.description(ofFile: path),
      openExisting: { try registry.openExisting(absolute, options) },
      open: { try registry.open(absolute, options) })
  }

  /// A private SQLite store in memory, new at every opening.
  public static var sqliteInMemory: StorageBackend {
    StorageBackend("sqlite:memory:") { try SQLiteEngineRegistry.shared.openMemory() }
  }

  /// The SQLite store in memory of this name, shared by all callers in the process.
  ///
  /// Opening throws `StorageError` (`invalidLocation`) unless the name is 1…128 bytes of printable
  /// ASCII.
  public static func sqliteInMemory(named name: String) -> StorageBackend {
    .sqliteInMemory(named: name, in: .shared)
  }

  /// The SQLite store in memory of this name, with an engine of this registry.
  package static func sqliteInMemory(
    named name: String, in registry: SQLiteEngineRegistry
  ) -> StorageBackend {
    StorageBackend("sqlite:memory:\(name)") { try registry.openMemory(named: name) }
  }
}
