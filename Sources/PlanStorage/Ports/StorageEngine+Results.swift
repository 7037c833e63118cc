extension StorageEngine {
  /// Runs the body on one consistent snapshot and returns its result.
  ///
  /// ```swift
  /// let plan = try engine.read { session in try session.plan(id) }
  /// ```
  ///
  /// - Throws: What the body throws; ``Planwright/StorageError`` as ``StorageEngine/read(_:)-(_)``
  ///   without a result does, and ``Planwright/StorageError/Code/inputOutput`` if the store reports
  ///   success without having run the body.
  @inlinable
  public func read<R: Sendable>(_ body: @Sendable (any ReadSession) throws -> R) throws -> R {
    let result = BodyResult<R>()
    try read { session in result.keep(try body(session)) }
    return try result.value(of: "reading")
  }

  /// Runs the body as one unit of work and returns its result.
  ///
  /// ```swift
  /// let removed = try engine.write { session in try session.removeTree(id) }
  /// ```
  ///
  /// - Throws: What the body throws; ``Planwright/StorageError`` as ``StorageEngine/write(_:)-(_)``
  ///   without a result does, and ``Planwright/StorageError/Code/inputOutput`` if the store reports
  ///   success without having run the body.
  @inlinable
  public func write<R: Sendable>(_ body: @Sendable (any UnitOfWork) throws -> R) throws -> R {
    let result = BodyResult<R>()
    try write { session in result.keep(try body(session)) }
    return try result.value(of: "writing")
  }
}
