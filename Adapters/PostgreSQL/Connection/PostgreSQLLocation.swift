import PlanDomain
import PlanStorage

/// The store that a location string with the scheme `postgresql:` or `postgres:` names.
///
/// The string is libpq's connection URI with options of our own among its parameters: `schema=NAME`
/// (`planwright` by default, never `public`), `connections=1...1000` (the bound of the pool, 16 by
/// default) and `migrate=true|false`. All other parameters are libpq's, which refuses unknown ones
/// when the store is opened. Parsing needs no libpq.
///
/// Holds the password, if the string has one: the description leaves it out, and the mirror is
/// empty.
struct PostgreSQLLocation: Sendable, CustomStringConvertible, CustomReflectable {
  /// The name of the schema that holds the store.
  let schema: String
  /// The greatest number of connections that the store opens for its callers.
  let connections: Int
  /// Whether opening runs pending migrations.
  let migrates: Bool
  /// The connection string for libpq, which may contain a password.
  let connectionString: String
  /// The location without user information and options.
  let description: String

  var customMirror: Mirror { Mirror(self, children: [:]) }

  /// The location as errors name it.
  var subject: String { "store \(description)" }

  /// Parses a location string; throws `invalidLocation` with the reason.
  init(_ text: String) throws(StorageError) {
    description = LocationText.redacted(text)
    let subject = "store location '\(description)'"
    func refuse(_ reason: String) -> StorageError {
      StorageError(.invalidLocation, operation: "reading", subject: subject, reason: reason)
    }
    try Self.checkForm(text, refuse)
    let parts = text.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    var kept: [Substring] = []
    var own: [Substring: Substring] = [:]
    for option in (parts.count > 1 ? parts[1] : "").split(separator: "&") {
      let pair = option.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard pair.count == 2 else { throw refuse("an option is not written NAME=VALUE") }
      guard ["schema", "connections", "migrate"].contains(pair[0]) else {
        kept.append(option)
        continue
      }
      guard own.updateValue(pair[1], forKey: pair[0]) == nil else {
        throw refuse("the option \(pair[0]) is used twice")
      }
    }
    schema = try Self.schema(own["schema"] ?? "planwright", refuse)
    guard let bound = Int(own["connections"] ?? "16"), (1...1000).contains(bound) else {
      throw refuse("connections is a number from 1 to 1000")
    }
    connections = bound
    let migrates = ["true": true, "false": false][own["migrate"] ?? "true"]
    guard let migrates else { throw refuse("migrate is true or false") }
    self.migrates = migrates
    connectionString = String(parts[0]) + (kept.isEmpty ? "" : "?" + kept.joined(separator: "&"))
  }

  /// Refuses texts that libpq would read in another way than they are meant, because its messages
  /// would then quote a part of the password.
  private static func checkForm(
    _ text: String, _ refuse: (String) -> StorageError
  ) throws(StorageError) {
    guard let start = ["postgresql://", "postgres://"].first(where: text.hasPrefix) else {
      throw refuse("it is not written postgresql://USER@HOST:PORT/DATABASE?OPTIONS")
    }
    guard !text.utf8.contains(0) else { throw refuse("it contains a NUL character") }
    let rest = text.dropFirst(start.count)
    let authority = rest.prefix { $0 != "/" && $0 != "?" }
    guard rest.count(where: { $0 == "@" }) == authority.count(where: { $0 == "@" }),
      authority.count(where: { $0 == "@" }) <= 1
    else {
      throw refuse(
        "in a user's name, a password or an option, '@' is written %40, '/' %2F and '?' %3F")
    }
  }

  private static func schema(
    _ name: Substring, _ refuse: (String) -> StorageError
  ) throws(StorageError) -> String {
    let isPlain =
      name.utf8.count <= 63 && name.first?.isNumber == false
      && name.utf8.allSatisfy {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || $0 == UInt8(ascii: "_")
          || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
      }
    guard isPlain else {
      throw refuse(
        "a schema's name has up to 63 lower-case letters, digits and underscores, and does not "
          + "begin with a digit")
    }
    guard name != "public", name != "information_schema", !name.hasPrefix("pg_") else {
      throw refuse("the store needs a schema of its own; leave schema out for 'planwright'")
    }
    return String(name)
  }
}
