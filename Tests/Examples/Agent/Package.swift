// swift-tools-version: 6.3
import PackageDescription

let strict: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .treatAllWarnings(as: .error),
]

// A host for an agent: a model proposes steps, a person approves them, tools carry them out.
let package = Package(
  name: "Agent",
  platforms: [.macOS(.v15)],
  dependencies: [.package(name: "Planwright", path: "../../..")],
  targets: [
    .executableTarget(
      name: "agent", dependencies: [.product(name: "Planwright", package: "Planwright")],
      swiftSettings: strict),
    .testTarget(
      name: "AgentTests",
      dependencies: [
        "agent", .product(name: "Planwright", package: "Planwright"),
        .product(name: "PlanwrightTesting", package: "Planwright"),
      ], swiftSettings: strict),
  ]
)
