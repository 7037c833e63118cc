// swift-tools-version: 6.3
import PackageDescription

let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
]

let package = Package(
  name: "Planwright",
  platforms: [.macOS(.v15), .iOS(.v18)],
  products: [
    .library(name: "Planwright", targets: ["Planwright"]),
    .library(name: "PlanwrightTesting", targets: ["PlanwrightTesting"]),
    .library(name: "PlanStorage", targets: ["PlanStorage"]),
    .library(name: "InMemoryStorage", targets: ["InMemoryStorage"]),
    .library(name: "SQLiteStorage", targets: ["SQLiteStorage"]),
    .library(name: "PostgreSQLStorage", targets: ["PostgreSQLStorage"]),
    .library(name: "PlanStorageContract", targets: ["PlanStorageContract"]),
    .executable(name: "planctl", targets: ["planctl"]),
  ],
  dependencies: [],
  targets: [
    .target(name: "PlanDomain", swiftSettings: strict),
    .target(name: "PlanStorage", dependencies: ["PlanDomain"], swiftSettings: strict),
    .target(
      name: "PlanLifecycle", dependencies: ["PlanDomain", "PlanStorage"], swiftSettings: strict),
    .target(
      name: "InMemoryStorage", dependencies: ["PlanDomain", "PlanStorage"],
      path: "Adapters/InMemory", swiftSettings: strict),
    .systemLibrary(
      name: "CSQLite", path: "Adapters/CSQLite", pkgConfig: "sqlite3",
      providers: [.apt(["libsqlite3-dev"]), .brew(["sqlite"])]),
    .target(
      name: "SQLiteStorage", dependencies: ["PlanDomain", "PlanStorage", "CSQLite"],
      path: "Adapters/SQLite", swiftSettings: strict),
    .target(name: "CPostgreSQL", path: "Adapters/CPostgreSQL"),
    .target(
      name: "PostgreSQLStorage", dependencies: ["PlanDomain", "PlanStorage", "CPostgreSQL"],
      path: "Adapters/PostgreSQL", swiftSettings: strict),
    .target(
      name: "Planwright",
      dependencies: [
        "PlanDomain", "PlanStorage", "PlanLifecycle", "InMemoryStorage", "SQLiteStorage",
        "PostgreSQLStorage",
      ],
      swiftSettings: strict),
    .target(
      name: "PlanStorageContract", dependencies: ["PlanDomain", "PlanStorage"],
      swiftSettings: strict),
    .target(
      name: "PlanwrightTesting",
      dependencies: [
        "Planwright", "PlanDomain", "PlanStorage", "PlanLifecycle", "PlanStorageContract",
      ],
      swiftSettings: strict),
    .executableTarget(
      name: "planctl", dependencies: ["Planwright", "PlanStorage"], exclude: ["Examples"],
      swiftSettings: strict),
    .executableTarget(
      name: "planbench",
      dependencies: [
        "Planwright", "PlanDomain", "PlanStorage", "PlanLifecycle", "InMemoryStorage",
        "SQLiteStorage", "CSQLite", "CPostgreSQL", "PostgreSQLTestServer",
      ],
      swiftSettings: strict),

    .target(
      name: "TestSupport",
      dependencies: [
        "PlanDomain", "PlanStorage", "PlanLifecycle", "PlanStorageContract", "PlanwrightTesting",
      ],
      path: "Tests/Support", swiftSettings: strict),
    .target(name: "TestTraits", path: "Tests/Traits", swiftSettings: strict),
    .testTarget(
      name: "PlanDomainTests", dependencies: ["PlanDomain", "TestSupport", "TestTraits"],
      swiftSettings: strict),
    .testTarget(
      name: "PlanStorageTests",
      dependencies: ["PlanDomain", "PlanStorage", "TestSupport", "TestTraits"],
      swiftSettings: strict),
    .testTarget(
      name: "InMemoryStorageTests",
      dependencies: ["PlanDomain", "PlanStorage", "InMemoryStorage", "TestSupport", "TestTraits"],
      swiftSettings: strict),
    .target(
      name: "FailingDisk", dependencies: ["CSQLite"], path: "Tests/FailingDisk"),
    .target(name: "AllocationCount", path: "Tests/AllocationCount"),
    .executableTarget(
      name: "allocations", dependencies: ["Planwright", "AllocationCount"],
      path: "Tests/AllocationProgram", swiftSettings: strict),
    .executableTarget(
      name: "SQLiteTestProcess",
      dependencies: [
        "Planwright", "PlanDomain", "PlanStorage", "PlanLifecycle", "PlanStorageContract",
        "SQLiteStorage", "CSQLite", "FailingDisk", "TestSupport",
      ],
      path: "Tests/SQLiteTestProcess", swiftSettings: strict),
    .executableTarget(
      name: "contract",
      dependencies: [
        "Planwright", "PlanDomain", "PlanStorage", "PlanStorageContract", "SQLiteStorage",
        "CSQLite", "TestSupport",
      ],
      path: "Tests/ContractProgram", swiftSettings: strict),
    .target(
      name: "PostgreSQLTestServer", dependencies: ["PlanStorage", "TestSupport"],
      path: "Tests/PostgreSQLTestServer", swiftSettings: strict),
    .executableTarget(
      name: "contract-postgresql",
      dependencies: [
        "PlanDomain", "PlanStorage", "PlanStorageContract", "PostgreSQLStorage",
        "PostgreSQLTestServer", "TestSupport",
      ],
      path: "Tests/PostgreSQLContractProgram", swiftSettings: strict),
    .executableTarget(
      name: "postgresql-machines",
      dependencies: [
        "PlanDomain", "PlanStorage", "PlanLifecycle", "PlanStorageContract", "Planwright",
        "PostgreSQLTestServer", "TestSupport",
      ],
      path: "Tests/PostgreSQLMachines", swiftSettings: strict),
    .testTarget(
      name: "PostgreSQLStorageTests",
      dependencies: [
        "PlanDomain", "PlanStorage", "PlanLifecycle", "PlanStorageContract", "PostgreSQLStorage",
        "PostgreSQLTestServer", "InMemoryStorage", "SQLiteStorage", "CPostgreSQL", "TestSupport",
        "TestTraits",
      ],
      swiftSettings: strict),
    .target(
      name: "Explorer",
      dependencies: [
        "PlanDomain", "PlanStorage", "PlanLifecycle", "PlanStorageContract", "InMemoryStorage",
      ],
      path: "Tests/Explorer", swiftSettings: strict),
    .executableTarget(
      name: "explore",
      dependencies: [
        "Explorer", "PlanStorage", "PlanStorageContract", "InMemoryStorage", "SQLiteStorage",
        "TestSupport",
      ],
      path: "Tests/ExplorerProgram", swiftSettings: strict),
    .testTarget(
      name: "ExplorerTests",
      dependencies: [
        "Explorer", "PlanStorage", "InMemoryStorage", "SQLiteStorage", "TestSupport", "TestTraits",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "SQLiteStorageTests",
      dependencies: [
        "PlanDomain", "PlanStorage", "PlanLifecycle", "SQLiteStorage", "CSQLite", "TestSupport",
        "TestTraits", "InMemoryStorage", "SQLiteTestProcess",
      ],
      exclude: ["Golden"], swiftSettings: strict),
    .testTarget(
      name: "PlanStorageContractTests",
      dependencies: [
        "PlanDomain", "PlanStorage", "PlanLifecycle", "PlanStorageContract", "InMemoryStorage",
        "SQLiteStorage", "TestSupport", "TestTraits", "SQLiteTestProcess",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "PlanLifecycleTests",
      dependencies: [
        "PlanDomain", "PlanStorage", "PlanLifecycle", "PlanStorageContract", "InMemoryStorage",
        "SQLiteStorage", "PostgreSQLStorage", "PostgreSQLTestServer", "TestSupport", "TestTraits",
      ],
      swiftSettings: strict),
    .executableTarget(
      name: "diagrams",
      dependencies: ["PlanDomain", "PlanLifecycle", "Planwright", "PlanwrightTesting"],
      path: "Tests/Diagrams", swiftSettings: strict),
    .testTarget(
      name: "PlanwrightTests",
      dependencies: ["Planwright", "PlanStorage", "PlanwrightTesting", "TestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "PlanwrightTestingTests", dependencies: ["Planwright", "PlanwrightTesting"],
      swiftSettings: strict),
    .testTarget(
      name: "PlanctlTests",
      dependencies: [
        "planctl", "Planwright", "PlanwrightTesting", "PlanStorage", "TestSupport", "TestTraits",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "InterfaceTests", dependencies: ["Planwright", "TestTraits"], exclude: ["Fixtures"],
      swiftSettings: strict),
    .testTarget(
      name: "ArchitectureTests", dependencies: ["PlanDomain", "PlanStorage"], swiftSettings: strict),
  ]
)
