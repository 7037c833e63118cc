import Foundation
import Planwright

/// Carries out requests; knows nothing of sockets.
struct RequestHandler {
  let plans: PlanLifecycleService
  let job: TypedAction<Job, WordCount>

  /// Answers the request in a line; calls `send` once for each answer.
  ///
  /// Each line is answered, also in a cancelled task: then either the request was carried out, or
  /// the answer has the error `stopping`.
  func answer(_ line: Data, send: (Response) async throws -> Void) async {
    var response = Response()
    do {
      let request = try JSONDecoder().decode(Request.self, from: line)
      response.id = request.id
      switch request.do {
      case .submit: try await submit(request, &response)
      case .watch: try await watch(request, response, send)
      case .status: response.show(try await handle(request).plan())
      case .cancel: response.show(try await handle(request).cancel(reason: "a client cancelled it"))
      case .result: try await result(request, &response)
      }
    } catch {
      response.refuse(error)
    }
    try? await send(response)  // fails if the client has gone
  }

  private func submit(_ request: Request, _ response: inout Response) async throws {
    guard let key = request.key, let job = request.job else {
      throw InvalidRequest(reason: "submit needs a key and a job")
    }
    let use = try PlanUse(self.job, arguments: job, idempotencyKey: try Key(key))
    let (plan, isNew) = try await plans.write { try $0.findOrUse(use) }
    response.isNew = isNew
    response.show(plan)
  }

  private func result(_ request: Request, _ response: inout Response) async throws {
    let handle = try handle(request)
    response.plan = "\(handle.id)"
    response.result = try await handle.result()
    response.show(try await handle.plan())
  }

  private func watch(
    _ request: Request, _ response: Response, _ send: (Response) async throws -> Void
  ) async throws {
    for try await event in try handle(request).events {
      var response = response
      (response.event, response.state) = (event.command.rawValue, event.to.description)
      try await send(response)
    }
    try Task.checkCancellation()  // the events end as well when the task is cancelled
  }

  private func handle(_ request: Request) throws -> PlanHandle<WordCount> {
    guard let plan = request.plan else {
      throw InvalidRequest(reason: "\(request.do.rawValue) needs a plan")
    }
    return plans.handle(for: try Plan.ID(plan), of: job)
  }
}

extension Response {
  /// Adds the plan's id and status.
  fileprivate mutating func show(_ shown: Plan) {
    (plan, state) = ("\(shown.id)", shown.status.description)
  }
}
