// swift-tools-version: 6.3
import PackageDescription

let strict: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .treatAllWarnings(as: .error),
]

// A service on a Unix socket, with idempotent requests, which stops in good order at SIGTERM.
let package = Package(
  name: "Service",
  platforms: [.macOS(.v15)],
  dependencies: [.package(name: "Planwright", path: "../../..")],
  targets: [
    .executableTarget(
      name: "service", dependencies: [.product(name: "Planwright", package: "Planwright")],
      swiftSettings: strict),
    .testTarget(
      name: "ServiceTests",
      dependencies: ["service", .product(name: "Planwright", package: "Planwright")],
      swiftSettings: strict),
  ]
)
