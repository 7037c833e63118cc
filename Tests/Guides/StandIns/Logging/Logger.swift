// Stands for the module of swift-log in the guides: what their code uses of its interface, doing
// nothing.

/// A logger that logs nothing.
public struct Logger: Sendable {
  /// The severity of a message.
  public enum Level: Sendable { case debug, info, warning, error }

  /// A message.
  public struct Message: ExpressibleByStringInterpolation {
    /// Creates a message.
    public init(stringLiteral value: String) {}
  }

  /// A value of the metadata.
  public struct MetadataValue: ExpressibleByStringInterpolation {
    /// Creates a value.
    public init(stringLiteral value: String) {}
  }

  /// Values by name.
  public typealias Metadata = [String: MetadataValue]

  /// Creates a logger.
  public init(label: String) {}

  /// Does nothing.
  public func log(
    level: Level, _ message: @autoclosure () -> Message,
    metadata: @autoclosure () -> Metadata? = nil
  ) {}

  /// Does nothing.
  public func warning(
    _ message: @autoclosure () -> Message, metadata: @autoclosure () -> Metadata? = nil
  ) {}

  /// Does nothing.
  public func error(
    _ message: @autoclosure () -> Message, metadata: @autoclosure () -> Metadata? = nil
  ) {}
}
