// swift-tools-version: 6.1
// A package elsewhere that depends on VGGKit as a user's would: without flags and without environment
// variables.
import PackageDescription

let kit = Target.Dependency.product(name: "VGGKit", package: "VGGKit")

let package = Package(
    name: "TenLines",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "VGGKit", path: "../..")],
    targets: [
        .executableTarget(name: "TenLines", dependencies: [kit]),
        .executableTarget(name: "ReadFile", dependencies: [.product(name: "Checkpoints", package: "VGGKit")]),
        .target(name: "TinyResNet", dependencies: [kit]),
        .executableTarget(name: "TrainOwn", dependencies: [kit, "TinyResNet"]),
        .executableTarget(name: "OpenOwn", dependencies: [kit, "TinyResNet"]),
        .executableTarget(name: "ServeOwn", dependencies: [kit, "TinyResNet"]),
    ]
)
