// swift-tools-version: 6.1
// A package elsewhere that depends on VGGKit as a user's would: without flags and without environment variables.
import PackageDescription

let package = Package(
    name: "TenLines",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "VGGKit", path: "../..")],
    targets: [
        .executableTarget(name: "TenLines", dependencies: [.product(name: "VGGKit", package: "VGGKit")])
    ]
)
