import CPostgreSQL
import PlanDomain

/// Receiving notifications.
extension PostgreSQLConnection {
  /// Reads what has come, without waiting, and returns the payloads of the other connections.
  ///
  /// Throws when the connection is lost.
  func notifications() throws(PostgreSQLFailure) -> [String] {
    guard checkIsAlive() else {
      throw PostgreSQLFailure(
        kind: .connectionLost, index: 0, sqlState: "", constraint: "", message: message,
        wasSent: false)
    }
    var payloads: [String] = []
    while let notification = library.functions.pointee.PQnotifies(handle) {
      if Int(notification.pointee.backend) != backend {
        payloads.append(String(cString: notification.pointee.payload))
      }
      library.functions.pointee.PQfreemem(notification)
    }
    return payloads
  }

  /// Waits until there may be something to read, or the other descriptor can be read.
  func waitForInput(or other: Int32, until deadline: Int64) {
    SocketWait.waitToRead(
      library.functions.pointee.PQsocket(handle), or: other, until: deadline)
  }
}
