/// What one of the results that libpq returns belongs to.
enum ExpectedResult {
  /// The preparation of the statement with this name, for the command at the index.
  case preparation(String, index: Int)
  /// The execution of the command at this index.
  case command(index: Int)
  /// The end of a segment.
  case end
}
