// swift-tools-version: 6.1
// VGGKit's side of the benchmarks: one process measures one workload. Benchmarks/bench.py runs it and its peers in turn.
import PackageDescription

let package = Package(
    name: "Benchmarks",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "VGGKit", path: "..")],
    targets: [
        .executableTarget(
            name: "measure", dependencies: ["CPeak", .product(name: "VGGKit", package: "VGGKit")],
            path: "Sources/Measure"),
        .executableTarget(
            name: "classify", dependencies: [.product(name: "VGGKit", package: "VGGKit")],
            path: "Sources/Classify"),
        .executableTarget(
            name: "gpu-check", dependencies: [.product(name: "VGGKit", package: "VGGKit")],
            path: "Sources/GPUCheck"),
        .target(name: "CPeak"),
    ]
)
