/// An error that a test throws on purpose, or that says what a test found wrong.
public struct TestError: Error, Equatable, CustomStringConvertible {
  /// What is wrong.
  public let description: String

  /// An error; the description is only needed where somebody reads it.
  public init(_ description: String = "thrown on purpose by a test") {
    self.description = description
  }
}
