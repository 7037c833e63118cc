/// An error in the explorer's own work, not in what it explores.
package struct ExplorerError: Error, CustomStringConvertible {
  /// What is wrong.
  package let description: String
  /// Creates an error.
  package init(_ description: String) { self.description = description }
}
