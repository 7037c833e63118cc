import Foundation

/// Serves connections: each request by a task of its own.
struct Server {
  let handler: RequestHandler

  /// Serves until the task is cancelled.
  ///
  /// Then no more lines are read, and the requests that were read are answered: those that wait for
  /// a plan with the error `stopping`. A client that gets no answer sends its request again.
  func run(_ connections: AsyncStream<Connection>) async {
    await withDiscardingTaskGroup { group in
      for await connection in connections {
        group.addTask { await serve(connection) }
      }
    }
  }

  private func serve(_ connection: Connection) async {
    await withDiscardingTaskGroup { group in
      for await line in connection.lines {
        group.addTask { await handler.answer(line) { try await connection.send($0) } }
      }
    }
    connection.close()
  }
}
