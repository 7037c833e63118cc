import CPostgreSQL
import PlanDomain
import PlanStorage

/// One connection to a server, in pipeline mode, with its prepared statements.
///
/// Used by one thread at a time: `PostgreSQLPool` lends it to one user, and hands it on under its
/// lock; other owners keep it to themselves. Unchecked because the compiler cannot see that.
final class PostgreSQLConnection: @unchecked Sendable {
  /// The state of the server's transaction, as the server told with its latest answer.
  enum TransactionState {
    case idle
    case open
    /// A command has failed: the server refuses all but `ROLLBACK`.
    case failed
    /// The connection is lost.
    case unknown
  }

  let library: PostgreSQLLibrary
  let handle: OpaquePointer
  /// The name of the store in errors.
  let subject: String
  /// How long `run` waits for the answers of the server.
  var responseTimeout: Duration
  let parameters = ParameterBuffer()
  /// The names of the statements that are prepared, or are being prepared by commands just sent.
  var prepared: Set<String> = []
  /// What the results that are still to come belong to.
  var expected: [ExpectedResult] = []
  /// Whether a command has failed, perhaps in a function between taking a lock of the session and
  /// giving it back.
  var mayHoldLocks = false
  /// Whether the connection must be thrown away; `run` fails from then on.
  private(set) var isBroken = false
  private var isClosed = false
  private let process = ForkGeneration.current
  /// Counts the warnings of the server; a pointer, because libpq keeps it.
  private let warnings = UnsafeMutablePointer<Int32>.allocate(capacity: 1)

  /// Takes over a connection of libpq that is ready for commands.
  init(
    _ handle: OpaquePointer, _ library: PostgreSQLLibrary, subject: String,
    responseTimeout: Duration
  ) {
    self.handle = handle
    self.library = library
    self.subject = subject
    self.responseTimeout = responseTimeout
    warnings.initialize(to: 0)
    _ = library.functions.pointee.PQsetNoticeReceiver(
      handle, { context, _ in context?.assumingMemoryBound(to: Int32.self).pointee &+= 1 }, warnings
    )
    _ = library.functions.pointee.PQsetnonblocking(handle, 1)
    if library.functions.pointee.PQenterPipelineMode(handle) == 0 { isBroken = true }
  }

  deinit {
    close()
    warnings.deallocate()
  }

  /// Whether the server has sent a warning since `forgetWarnings()`.
  var hasWarned: Bool { warnings.pointee != 0 }

  func forgetWarnings() { warnings.pointee = 0 }

  /// Closes the connection.
  ///
  /// The server rolls an open transaction back. Idempotent. Does nothing in a child process that was
  /// forked later: it would end the connection of its parent.
  func close() {
    if isClosed { return }
    isClosed = true
    isBroken = true
    if process == .current { library.functions.pointee.PQfinish(handle) }
  }

  /// Makes `run` fail from now on, so that the connection is not used again.
  func discard() { isBroken = true }

  var transactionState: TransactionState {
    guard !isBroken else { return .unknown }
    switch library.functions.pointee.PQtransactionStatus(handle) {
    case 0: return .idle
    case 1, 2: return .open
    case 3: return .failed
    default: return .unknown
    }
  }

  /// The version of the server as a number, for example 150018 for 15.18.
  var serverVersion: Int {
    isClosed ? 0 : Int(library.functions.pointee.PQserverVersion(handle))
  }

  /// The number of the server's process, as it was told when the connection was opened.
  ///
  /// A pooler tells a number of its own.
  var backend: Int { isClosed ? 0 : Int(library.functions.pointee.PQbackendPID(handle)) }

  /// The version of TLS in use, for example "TLSv1.3"; nil without encryption.
  var encryption: String? {
    guard !isClosed, library.functions.pointee.PQsslInUse(handle) != 0 else { return nil }
    let name = library.functions.pointee.PQsslAttribute(handle, "protocol")
    return name.map { String(cString: $0) } ?? "TLS"
  }

  /// Whether the connection is still there, without asking the server.
  ///
  /// A server that ends a connection tells it, so there is something to read. Costs one system call.
  func checkIsAlive() -> Bool {
    guard !isBroken else { return false }
    var reads = 0
    // The message comes first, and the end of the connection with another read.
    while reads < 8, SocketWait.isReadable(library.functions.pointee.PQsocket(handle)) {
      reads += 1
      guard library.functions.pointee.PQconsumeInput(handle) != 0 else {
        isBroken = true
        return false
      }
      // Notices, notifications and changed parameters are understood here, and do no harm.
      _ = library.functions.pointee.PQisBusy(handle)
    }
    if library.functions.pointee.PQstatus(handle) != 0 { isBroken = true }
    return !isBroken
  }

  /// What libpq says about the connection, in one line.
  var message: String {
    let text = library.functions.pointee.PQerrorMessage(handle).map { String(cString: $0) } ?? ""
    let lines = text.split(whereSeparator: \.isNewline)
    return lines.first.map { String($0).shortened(toBytes: 400) } ?? "libpq gives no reason"
  }
}
