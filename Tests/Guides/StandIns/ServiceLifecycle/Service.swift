// Stands for the module of swift-service-lifecycle in the guides.

/// A part of a program that runs until it is stopped.
public protocol Service: Sendable {
  /// Runs until the task is cancelled.
  func run() async throws
}
