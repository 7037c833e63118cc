import Planwright

/// The arguments of an upload.
struct Upload: Codable {
  let file: String
}

/// The error of a server that will not take a file: sending it again does not help.
struct UploadRefused: Error {
  let reason: String
}

/// The two effects of an upload; both must be idempotent, because an app is often ended in between.
struct UploadServer: Sendable {
  /// Sends the file; returns the address of its draft.
  ///
  /// Throws `UploadRefused`, and other errors when the server cannot be reached.
  var send: @Sendable (_ file: String) async throws -> String
  /// Makes the draft public.
  var publish: @Sendable (_ draft: String) async throws -> Void

  /// The action: a draft is sent, the user looks at it, and it is published.
  func action() throws -> TypedAction<Upload, NoValue> {
    try TypedAction(
      "uploads/upload", taking: Upload.self, description: "{file}", automation: .review,
      retry: RetryPolicy(attempts: 20)  // the end of the app costs one, too
    )
    .execute { [send] run in
      do { return try await send(run.arguments.file) } catch let error as UploadRefused {
        // The user decides about another attempt.
        throw PhaseExit(
          .fail(try Plan.Failure(code: "refused", message: error.reason, isRetryable: false)))
      }
    }
    .apply { [publish] run in try await publish(run.previous) }
  }
}
