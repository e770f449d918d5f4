// swift-tools-version: 6.1
import PackageDescription

let package = Package(
    name: "VGGKit",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "VGGKit", targets: ["VGGKit"]),
        .library(name: "VGGKitReports", targets: ["VGGKitReports"]),
        .library(name: "TensorCore", targets: ["TensorCore"]),
        .library(name: "Vision", targets: ["Vision"]),
        .library(name: "Checkpoints", targets: ["Checkpoints"]),
        .executable(name: "vggkit", targets: ["VGGKitTool"]),
        .executable(name: "flowers", targets: ["flowers"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0")
    ],
    targets: [
        .target(
            name: "VGGKit", dependencies: ["TensorCore", "Vision", "Checkpoints", "Files", "Checks", "CMPI"]),
        .target(name: "VGGKitReports", dependencies: ["VGGKit", "Drawing", "Files", "Checks"]),
        .target(name: "Checkpoints", dependencies: ["TensorCore", "Files", "Checks", "CZlib"]),
        .target(name: "Vision", dependencies: ["TensorCore", "CImages", "Files", "Checks"]),
        .target(name: "TensorCore", dependencies: ["Checks", "CKernels", "CCUDA", "COpenBLAS"]),
        .target(name: "Drawing", dependencies: ["CCairo", "Files", "Checks"]),
        .target(name: "Files", dependencies: ["Checks"]),
        .target(name: "Checks"),

        .target(name: "CKernels"),
        .target(
            name: "CCUDA", exclude: ["kernels"],
            linkerSettings: [.linkedLibrary("dl", .when(platforms: [.linux]))]),
        .target(name: "CMPI", linkerSettings: [.linkedLibrary("dl", .when(platforms: [.linux]))]),
        .target(
            name: "CImages", dependencies: ["CJPEG", "CPNG", "CZlib"],
            linkerSettings: [.linkedLibrary("dl", .when(platforms: [.linux]))]),
        .systemLibrary(
            name: "COpenBLAS", pkgConfig: "openblas",
            providers: [.apt(["libopenblas-dev"]), .brew(["openblas"])]),
        .systemLibrary(
            name: "CJPEG", pkgConfig: "libjpeg",
            providers: [.apt(["libjpeg-dev"]), .brew(["jpeg-turbo"])]),
        .systemLibrary(
            name: "CZlib", pkgConfig: "zlib",
            providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),
        .systemLibrary(
            name: "CPNG", pkgConfig: "libpng",
            providers: [.apt(["libpng-dev"]), .brew(["libpng"])]),
        .systemLibrary(
            name: "CCairo", pkgConfig: "cairo",
            providers: [.apt(["libcairo2-dev"]), .brew(["cairo"])]),

        .executableTarget(
            name: "VGGKitTool",
            dependencies: [
                "VGGKit", "VGGKitReports", "Drawing", "Files",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Sources/Tool"),

        // The examples see what any package sees: `packageAccess` is off.
        .executableTarget(
            name: "first-classifier", dependencies: ["VGGKit"], path: "Examples/FirstClassifier",
            packageAccess: false),
        .executableTarget(
            name: "custom-layer", dependencies: ["VGGKit"], path: "Examples/CustomLayer",
            packageAccess: false),
        .executableTarget(
            name: "in-memory", dependencies: ["VGGKit"], path: "Examples/InMemory", packageAccess: false),
        .executableTarget(
            name: "tutorial",
            dependencies: [
                "VGGKit", "VGGKitReports", .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Examples/Tutorial", packageAccess: false),
        .executableTarget(
            name: "flowers",
            dependencies: [
                "VGGKit", "VGGKitReports", "DrawnFlowers",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Examples/Flowers", packageAccess: false),
        .target(
            name: "DrawnFlowers", dependencies: ["VGGKit", "Drawing", "Files"], path: "Examples/DrawnFlowers"),

        .target(name: "TestSupport", dependencies: ["TensorCore"], path: "Tests/TestSupport"),
        .testTarget(name: "TensorCoreTests", dependencies: ["TensorCore", "TestSupport"]),
        .testTarget(name: "VisionTests", dependencies: ["Vision", "CZlib", "TestSupport"]),
        .testTarget(name: "FilesTests", dependencies: ["Files", "TensorCore", "TestSupport"]),
        .testTarget(
            name: "CheckpointsTests", dependencies: ["Checkpoints", "Files", "CZlib", "TestSupport"]),
        .testTarget(name: "DrawingTests", dependencies: ["Drawing", "TestSupport"]),
        .testTarget(name: "VGGKitTests", dependencies: ["VGGKit", "Files", "TestSupport"]),
        .testTarget(
            name: "VGGKitReportsTests", dependencies: ["VGGKitReports", "Drawing", "Files", "TestSupport"]),
        .testTarget(name: "TutorialTests", dependencies: ["VGGKit", "VGGKitReports", "TestSupport"]),
        .testTarget(name: "ToolTests", dependencies: ["VGGKitTool", "flowers", "VGGKit"]),
        .testTarget(name: "SourceTests"),
    ]
)
