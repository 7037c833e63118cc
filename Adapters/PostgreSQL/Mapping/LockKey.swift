import PlanDomain

/// The key of an advisory lock of the server, which all clients of a database share.
///
/// Combined with a salt, so that stores in different schemas of a database do not wait for each
/// other. Two names with one key wait for each other and are otherwise correct.
struct LockKey: Hashable {
  let unsalted: Int64

  /// What a lock protects; equal names of different kinds have different keys.
  private enum Kind: UInt64 {
    case tree = 1
    case action, store, migration, salt
  }

  private init(_ kind: Kind, _ high: UInt64, _ low: UInt64) {
    // The finalizer of SplitMix64, once for each part.
    let mixed = Self.mixed(Self.mixed(Self.mixed(kind.rawValue) ^ high) ^ low)
    unsalted = Int64(bitPattern: mixed)
  }

  /// The key with the salt of a store.
  func salted(_ salt: Int64) -> Int64 { unsalted ^ salt }

  /// The lock of the tree of this root.
  static func tree(of root: Plan.ID) -> LockKey { LockKey(.tree, root.ulid.high, root.ulid.low) }

  /// The lock of the action of this name.
  static func action(_ name: ActionName) -> LockKey { LockKey(.action, 0, hash(name.description)) }

  /// The lock that all writers hold shared; exclusively, it excludes all writers.
  static let writers = LockKey(.store, 0, 1)
  /// The lock of what inserts actions.
  static let actions = LockKey(.store, 0, 2)
  /// The lock that orders the marks of transactions that take positions of the feed.
  static let positions = LockKey(.store, 0, 3)

  /// The lock of what sums the changes of the numbers of plans.
  static let counts = LockKey(.store, 0, 4)

  /// The lock under which the schema of this name is migrated.
  static func migration(of schema: String) -> LockKey { LockKey(.migration, 0, hash(schema)) }

  /// The salt of the schema of this name, which it keeps when it is restored from a backup.
  static func salt(of schema: String) -> Int64 { LockKey(.salt, 0, hash(schema)).unsalted }

  private static func mixed(_ value: UInt64) -> UInt64 {
    var mixed = value &+ 0x9E37_79B9_7F4A_7C15
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  /// The 64-bit FNV-1a hash of a text.
  private static func hash(_ text: String) -> UInt64 {
    text.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
  }
}
