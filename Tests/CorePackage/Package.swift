// swift-tools-version: 6.1
import PackageDescription

// TensorCore, Vision and their tests as a package of their own, which takes a fraction of the whole's time to
// build: what the gate runs under sanitizers. Scripts/sanitize puts links to the sources beside it.
let package = Package(
    name: "Core",
    platforms: [.macOS(.v15)],
    targets: [
        .target(name: "Vision", dependencies: ["TensorCore", "CImages", "Files", "Checks"]),
        .target(name: "TensorCore", dependencies: ["Checks", "CCUDA", "CKernels", "COpenBLAS"]),
        .target(name: "Files", dependencies: ["Checks"]),
        .target(name: "Checks"),
        .target(
            name: "CCUDA", exclude: ["kernels"],
            linkerSettings: [.linkedLibrary("dl", .when(platforms: [.linux]))]),
        .target(name: "CKernels"),
        .target(
            name: "CImages", dependencies: ["CJPEG", "CPNG", "CZlib"],
            linkerSettings: [.linkedLibrary("dl", .when(platforms: [.linux]))]),
        .systemLibrary(name: "COpenBLAS", pkgConfig: "openblas"),
        .systemLibrary(name: "CJPEG", pkgConfig: "libjpeg"),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib"),
        .systemLibrary(name: "CPNG", pkgConfig: "libpng"),

        .target(name: "TestSupport", dependencies: ["TensorCore"], path: "Tests/TestSupport"),
        .testTarget(name: "TensorCoreTests", dependencies: ["TensorCore", "TestSupport"]),
        .testTarget(name: "VisionTests", dependencies: ["Vision", "CZlib", "TestSupport"]),
    ]
)
