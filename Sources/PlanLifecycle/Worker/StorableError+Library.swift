public import PlanDomain

extension PlanError: StorableError {
  /// The text of the error without ids, names, and keys of dictionaries, which the host may have
  /// taken from its data: often the code alone.
  ///
  /// Of documents that cannot be encoded or decoded, the path of the value and the reason.
  public var storedMessage: String { storableText }
}

extension StorageError: StorableError {
  /// The code of the error and its meaning, without subject and reason, which may name a file.
  public var storedMessage: String { storableText }
}
