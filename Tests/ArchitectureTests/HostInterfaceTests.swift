import Foundation
import Testing

/// What the sources say about the interface of hosts; `Tests/InterfaceTests` asks the compiler.
@Suite("The interface of hosts leads to no store")
struct HostInterfaceTests {
  /// The types that read and write past the lifecycle.
  static let ports: Set = ["StorageEngine", "UnitOfWorkSubmitting", "ReadSession", "UnitOfWork"]

  // Swift offers a host the members of every loaded module, whether it imports the module or not.
  @Test(
    "Stores add only backends to types that hosts see, and the module of the ports adds nothing",
    arguments: [
      "Sources/PlanStorage", "Adapters/InMemory", "Adapters/SQLite", "Adapters/PostgreSQL",
    ])
  func members(module: String) throws {
    let sources = try ArchitectureTests.sources(module)
    let declared = Set(sources.flatMap { TypeDeclaration.all(in: $0.lines) }.map(\.name))
    #expect(!declared.isEmpty)
    for (path, lines) in sources {
      var foreign: String?
      for line in lines {
        if let match = line.firstMatch(of: /^(public )?extension ([\w.]+)/) {
          let name = String(match.output.2)
          // Backends are for hosts: `.sqlite(at: "plans.db")`.
          foreign = declared.contains(name) || name == "StorageBackend" ? nil : name
          #expect(foreign == nil || match.output.1 == nil, "\(path): \(line)")
        } else if line == "}" {
          foreign = nil
        } else if let foreign, line.contains(/^  (?:@\w+ )*public\b/) {
          Issue.record("\(path) adds to \(foreign):\(line)")
        }
      }
    }
  }

  @Test("The mirror of every public type that holds the store is made by hand")
  func mirrors() throws {
    var lines: [String] = []
    for module in ["Sources/PlanLifecycle", "Sources/Planwright", "Sources/PlanwrightTesting"] {
      lines += try ArchitectureTests.sources(module).flatMap(\.lines)
    }
    lines += try ArchitectureTests.text("Sources/PlanStorage/Ports/StorageBackend.swift")
      .components(separatedBy: "\n")
    let types = TypeDeclaration.all(in: lines)
    var holders = Self.ports
    var count = 0
    repeat {
      count = holders.count
      for type in types where type.isHolding(one: holders) { holders.insert(type.name) }
    } while holders.count > count
    let visible = types.filter { $0.isPublic && $0.isCopyable && holders.contains($0.name) }
      .map(\.name)
    // The sources were understood: these hold it directly, through another type, and nested.
    #expect(Set(visible).isSuperset(of: ["StoreMaintenance", "TestSystem", "ChangeFeed.Iterator"]))
    for name in visible {
      let isReflectable = lines.contains { line in
        line.hasPrefix("extension \(name): CustomReflectable {")
          || line.contains("struct \(name):") && line.contains("CustomReflectable")
      }
      #expect(isReflectable, "\(name) leads to the store by its default mirror")
    }
  }
}

/// The declaration of a type in the sources, which `swift format` has indented.
struct TypeDeclaration {
  /// The name with those of the types around it, as in `ChangeFeed.Iterator`.
  let name: String
  /// Whether the type and those around it are public.
  let isPublic: Bool
  let isCopyable: Bool
  /// The words in the types of its stored properties and of its cases.
  private(set) var words: Set<String> = []

  /// Whether a property has one of these types, found as the compiler does: the nested ones first.
  func isHolding(one types: Set<String>) -> Bool {
    words.contains { word in
      var scope = name
      while true {
        if types.contains("\(scope).\(word)") { return true }
        guard let dot = scope.lastIndex(of: ".") else { return types.contains(word) }
        scope = String(scope[..<dot])
      }
    }
  }

  /// The types that these lines declare.
  static func all(in lines: [String]) -> [TypeDeclaration] {
    let head =
      #/
      ^\s*((?:(?:public|package|private|fileprivate|final|indirect|@\w+)\s)*)
      (struct|class|actor|enum|protocol|extension)\s([\w.]+)(.*)
      /#
    var found: [TypeDeclaration] = []
    // The scopes around a line: their indentation, their names and their places in `found`.
    var scopes: [(indent: Int, name: String, isPublic: Bool, index: Int?)] = []
    for line in lines where !line.isEmpty {
      let indent = line.prefix { $0 == " " }.count
      while let last = scopes.last, last.indent >= indent { scopes.removeLast() }
      if let match = line.firstMatch(of: head) {
        let (_, modifiers, kind, ownName, rest) = match.output
        let name = (scopes.map(\.name) + [String(ownName)]).joined(separator: ".")
        let isExtension = kind == "extension"
        let isPublic =
          (isExtension || modifiers.contains("public ")) && scopes.allSatisfy(\.isPublic)
        scopes.append((indent, String(ownName), isPublic, isExtension ? nil : found.count))
        if isExtension { continue }
        found.append(
          TypeDeclaration(
            name: name, isPublic: isPublic, isCopyable: !rest.contains("~Copyable")))
      } else if let scope = scopes.last, let index = scope.index, indent == scope.indent + 2 {
        found[index].words.formUnion(storedTypes(of: line))
      }
    }
    return found
  }

  /// The words in the type of a stored property or a case; none for other lines.
  private static func storedTypes(of line: String) -> [String] {
    let stored =
      #/
      ^\s*(?:(?:public|package|private|fileprivate|weak|private\(set\)|@\w+)\s)*
      (?:let|var|case)\s\w+(.*)
      /#
    guard let match = line.firstMatch(of: stored), !match.output.1.contains("{") else { return [] }
    // A function holds what it returns, not what it takes.
    var type = String(match.output.1)
    let parameters = /\([^()]*\)(?= *(?:async|throws|->))/
    while type.contains(parameters) { type.replace(parameters, with: "") }
    return type.matches(of: /\w+/).map { String($0.output) }
  }
}
