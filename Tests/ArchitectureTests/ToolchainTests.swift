import Foundation
import Testing

@Suite("The package names its toolchain")
struct ToolchainTests {
  /// The first version that follows this text.
  private func version(after text: String, in file: String) throws -> String {
    let content = try ArchitectureTests.text(file)
    let place = try #require(content.range(of: text), "\(file): \(text)")
    return String(content[place.upperBound...].prefix { $0.isNumber || $0 == "." })
  }

  @Test("The manifests and the README name the same version of Swift")
  func versions() throws {
    let required = try version(after: "// swift-tools-version: ", in: "Package.swift")
    #expect(required.contains("."))
    #expect(try ArchitectureTests.text("README.md").contains("Swift \(required) or later"))
    #expect(try version(after: "// swift-tools-version: ", in: "README.md") == required)
    let examples = ["Importer", "Service", "Agent", "App"].map { "Examples/\($0)" }
    for package in ["JournalStore"] + examples {
      let manifest = "Tests/\(package)/Package.swift"
      #expect(try version(after: "// swift-tools-version: ", in: manifest) == required)
    }
  }

  // The static Linux SDK has Musl where other systems have Glibc.
  @Test("Every import of the C library has a form for Darwin, Musl and Glibc")
  func libraries() throws {
    let form = [
      "#if canImport(Darwin)", "import Darwin", "#elseif canImport(Musl)", "import Musl", "#else",
      "import Glibc", "#endif",
    ]
    for folder in ["Sources", "Adapters", "Tests"] {
      for (path, lines) in try ArchitectureTests.sources(folder) {
        let lines = lines.map { $0.trimmingCharacters(in: .whitespaces) }
        for (index, line) in lines.enumerated() where form[1...].contains(line) {
          guard line.hasPrefix("import ") else { continue }
          let start = index - (form.firstIndex(of: line) ?? 0)
          #expect(
            start >= 0 && lines[start...].starts(with: form), "\(path):\(index + 1): \(line)")
        }
      }
    }
  }
}
