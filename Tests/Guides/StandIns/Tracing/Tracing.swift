// Stands for the modules of swift-distributed-tracing in the guides: what their code uses of its
// interface, doing nothing.

/// Reads values out of a carrier.
public protocol Extractor: Sendable {
  /// The carrier.
  associatedtype Carrier
  /// Returns the value of a key.
  func extract(key: String, from carrier: Carrier) -> String?
}

/// Writes values into a carrier.
public protocol Injector: Sendable {
  /// The carrier.
  associatedtype Carrier
  /// Writes the value of a key.
  func inject(_ value: String, forKey key: String, into carrier: inout Carrier)
}

/// The context of a span.
public struct ServiceContext: Sendable {
  /// The context without a span.
  public static var topLevel: ServiceContext { ServiceContext() }
  /// The context of the current task.
  public static var current: ServiceContext? { nil }
}

/// The connection to a tracer.
public struct Instrument: Sendable {
  /// Does nothing.
  public func inject<I: Injector>(
    _ context: ServiceContext, into carrier: inout I.Carrier, using injector: I
  ) {}

  /// Does nothing.
  public func extract<E: Extractor>(
    _ carrier: E.Carrier, into context: inout ServiceContext, using extractor: E
  ) {}
}

/// The tracer of the process.
public enum InstrumentationSystem {
  /// The connection to it.
  public static var instrument: Instrument { Instrument() }
}

/// The kind of a span.
public enum SpanKind: Sendable { case consumer }

/// A span that records nothing.
public final class Span: Sendable {
  /// The attributes; none is kept.
  public var attributes: [String: String] {
    get { [:] }
    set {}
  }
}

/// Runs the operation without a span.
public func withSpan<R>(
  _ name: String, context: ServiceContext, ofKind kind: SpanKind,
  _ operation: (Span) async throws -> R
) async throws -> R {
  try await operation(Span())
}
