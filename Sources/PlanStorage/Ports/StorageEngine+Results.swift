extension StorageEngine {
  /// Runs the body on one consistent snapshot and returns its result.
  ///
  /// Throws the same errors as `read` without a result.
  @inlinable
  public func read<R: Sendable>(_ body: @Sendable (any ReadSession) throws -> R) throws -> R {
    let result = BodyResult<R>()
    try read { session in result.keep(try body(session)) }
    return try result.value(of: "reading")
  }

  /// Runs the body as one unit of work and returns its result.
  ///
  /// Throws the same errors as `write` without a result.
  @inlinable
  public func write<R: Sendable>(_ body: @Sendable (any UnitOfWork) throws -> R) throws -> R {
    let result = BodyResult<R>()
    try write { session in result.keep(try body(session)) }
    return try result.value(of: "writing")
  }
}
