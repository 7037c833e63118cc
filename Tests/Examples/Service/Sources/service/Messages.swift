import Foundation
import Planwright

/// What a client asks for: one line of JSON.
///
///     {"id": 1, "do": "submit", "key": "job-17", "job": {"text": "one two", "seconds": 0}}
///     {"id": 2, "do": "result", "plan": "01HQ…"}
struct Request: Codable {
  /// The operations.
  enum Operation: String, Codable {
    /// Makes a plan of a job, or finds the plan that was made with this key.
    case submit
    /// Answers with the plan's state.
    case status
    /// Waits until the plan has ended, and answers with its result.
    case result
    /// Answers with each event of the plan, until it is final.
    case watch
    /// Cancels the plan.
    case cancel
  }

  /// A number that the client chose; the answers repeat it.
  var id: Int?
  var `do`: Operation
  /// For `submit`: what makes the request idempotent.
  var key: String?
  /// For `submit`.
  var job: Job?
  /// For the others: the plan's id.
  var plan: String?
}

/// What the service answers: one line of JSON, or several to `watch`.
struct Response: Codable, Equatable {
  /// The number of the request.
  var id: Int?
  var plan: String?
  /// The plan's status, as in `execute/processing`.
  var state: String?
  /// To `submit`: whether the plan was made; false if an earlier request had the same key.
  var isNew: Bool?
  var result: WordCount?
  /// To `watch`: the command of the event, as in `claim`.
  var event: String?
  /// A stable code; without it, the request succeeded.
  var error: String?
  /// The error for people.
  var message: String?

  /// The code for a request that the service did not carry out because it stops: send it again.
  static let stopping = "stopping"

  /// Adds the error to the response.
  mutating func refuse(_ error: any Error) {
    switch error {
    case let error as PlanError: (self.error, message) = (error.code.description, "\(error)")
    case let error as StorageError: (self.error, message) = (error.code.description, "\(error)")
    case let error as InvalidRequest: (self.error, message) = ("invalidRequest", error.reason)
    case is DecodingError: (self.error, message) = ("invalidRequest", "the line is no request")
    case is CancellationError: (self.error, message) = (Self.stopping, "the service stops")
    default: (self.error, message) = ("internal", "\(type(of: error))")
    }
  }
}

/// A request that lacks what its operation needs.
struct InvalidRequest: Error {
  let reason: String
}
