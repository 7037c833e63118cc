import CPostgreSQL
import PlanDomain

/// One attempt to connect to one server.
struct ConnectionAttempt {
  /// Why an attempt failed.
  struct Failure: Error {
    /// The server's code (SQLSTATE); empty when no server has answered.
    let sqlState: String
    /// What libpq says, when no server has answered.
    let message: String
  }

  let library: PostgreSQLLibrary

  /// How often a wait for the server asks whether the attempt is cancelled.
  private static let slice = Duration.milliseconds(50)

  /// Connects, and returns libpq's connection; ends soon after the attempt is cancelled.
  func connect(
    _ parameters: [ConnectionParameters.Parameter], until deadline: Int64,
    isCancelled: () -> Bool
  ) throws(Failure) -> OpaquePointer {
    let handle = start(parameters)
    guard let handle else { throw Failure(sqlState: "53200", message: "") }
    do throws(Failure) {
      try finish(handle, until: deadline, isCancelled)
      return handle
    } catch {
      library.functions.pointee.PQfinish(handle)
      throw error
    }
  }

  private func start(_ parameters: [ConnectionParameters.Parameter]) -> OpaquePointer? {
    let names = CStringList(parameters.map(\.name))
    let values = CStringList(parameters.map(\.value))
    return library.functions.pointee.PQconnectStartParams(names.pointers, values.pointers, 0)
  }

  private func finish(
    _ handle: OpaquePointer, until deadline: Int64, _ isCancelled: () -> Bool
  ) throws(Failure) {
    // Notices would be printed otherwise.
    _ = library.functions.pointee.PQsetNoticeReceiver(handle, { _, _ in }, nil)
    // The code alone, in place of a text in the server's language.
    _ = library.functions.pointee.PQsetErrorVerbosity(handle, 3)
    var isWriting = true
    guard library.functions.pointee.PQstatus(handle) != 1 else { throw failure(handle) }
    while true {
      let socket = library.functions.pointee.PQsocket(handle)
      let end = min(deadline, SocketWait.now() + Self.slice.nanoseconds)
      if SocketWait.wait(for: socket, toRead: !isWriting, toWrite: isWriting, until: end)
        == .timedOut
      {
        if SocketWait.now() < deadline, !isCancelled() { continue }
        throw Failure(sqlState: "", message: "the server did not answer in time")
      }
      switch library.functions.pointee.PQconnectPoll(handle) {
      case 1: isWriting = false
      case 2: isWriting = true
      case 3:
        _ = library.functions.pointee.PQsetErrorVerbosity(handle, 1)
        return
      default: throw failure(handle)
      }
    }
  }

  private func failure(_ handle: OpaquePointer) -> Failure {
    if library.functions.pointee.PQconnectionNeedsPassword(handle) != 0 {
      return Failure(sqlState: "28P01", message: "")
    }
    let text = library.functions.pointee.PQerrorMessage(handle).map { String(cString: $0) } ?? ""
    // One line for each address that was tried, and hints; the system's words come first.
    let lines = text.split(whereSeparator: \.isNewline)
    let state = lines.reversed().lazy.compactMap(Self.state).first
    return Failure(
      sqlState: state ?? "",
      message: state == nil ? lines.first?.shortened(toBytes: 400) ?? "" : "")
  }

  /// The code in a server's answer, which ends in its severity and the code: "FATAL:  28P01".
  private static func state(_ line: Substring) -> String? {
    let state = line.utf8.suffix(5)
    let isState =
      line.utf8.dropLast(5).suffix(3).elementsEqual(":  ".utf8)
      && state.allSatisfy { (48...57).contains($0) || (65...90).contains($0) }
    return isState ? String(decoding: state, as: UTF8.self) : nil
  }
}
