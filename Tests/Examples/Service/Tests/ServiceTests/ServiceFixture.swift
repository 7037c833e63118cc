import Foundation
import Planwright

@testable import service

/// A folder for a store and a socket, and the service that uses them.
final class ServiceFixture {
  /// What a test waits for does not come.
  struct Missing: Error { let what: String }

  private let folder = FileManager.default.temporaryDirectory
    .appending(path: String(UUID().uuidString.prefix(8)))  // short, because sockets' paths are

  init() throws {
    signal(SIGPIPE, SIG_IGN)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  var store: String { folder.appending(path: "plans").path }
  var socket: UnixSocket { UnixSocket(path: folder.appending(path: "socket").path) }

  /// Starts the service and waits until it listens.
  func start() async throws -> ServiceProcess {
    let process = try ServiceProcess([store, socket.path])
    guard await process.nextLine() == "ready" else { throw Missing(what: "ready") }
    return process
  }

  /// Connects to the service.
  func client() throws -> Client { Client(try socket.connection()) }

  /// Reads a plan from the store while no service runs.
  func plan(_ id: String?) async throws -> Plan {
    guard let id else { throw Missing(what: "the id of a plan") }
    let system = try PlanSystem.openReadOnly(.sqlite(at: store))
    defer { try? system.close() }
    return try await system.plans.handle(for: try Plan.ID(id)).plan()
  }
}

/// A client of the service.
final class Client {
  private let connection: Connection
  private var lines: Connection.Lines.Iterator

  init(_ connection: Connection) {
    self.connection = connection
    lines = connection.lines.makeAsyncIterator()
  }

  deinit { connection.close() }

  func send(_ request: Request) async throws { try await connection.send(request) }

  func send(_ line: String) async throws { try await connection.send(Data(line.utf8)) }

  /// Waits for the next answer; nil when the service has closed the connection.
  func next() async throws -> Response? {
    guard let line = await lines.next() else { return nil }
    return try JSONDecoder().decode(Response.self, from: line)
  }

  /// Sends a request and waits for an answer.
  func ask(_ request: Request) async throws -> Response {
    try await send(request)
    guard let response = try await next() else { throw ServiceFixture.Missing(what: "an answer") }
    return response
  }

  func submit(_ key: String, _ text: String, seconds: Int = 0) async throws -> Response {
    try await ask(.submit(key, text, seconds: seconds))
  }
}

extension Request {
  static func submit(_ key: String, _ text: String, seconds: Int = 0) -> Request {
    Request(do: .submit, key: key, job: Job(text: text, seconds: seconds))
  }
}
