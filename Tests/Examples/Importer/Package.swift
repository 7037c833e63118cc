// swift-tools-version: 6.3
import PackageDescription

let strict: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .treatAllWarnings(as: .error),
]

// A command-line importer that continues where it was stopped, interrupted or killed.
let package = Package(
  name: "Importer",
  platforms: [.macOS(.v15)],
  dependencies: [.package(name: "Planwright", path: "../../..")],
  targets: [
    .executableTarget(
      name: "importer", dependencies: [.product(name: "Planwright", package: "Planwright")],
      swiftSettings: strict),
    .testTarget(
      name: "ImporterTests",
      dependencies: [
        "importer", .product(name: "Planwright", package: "Planwright"),
        .product(name: "PlanwrightTesting", package: "Planwright"),
      ], swiftSettings: strict),
  ]
)
