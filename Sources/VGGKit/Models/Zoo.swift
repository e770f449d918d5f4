// SPDX-License-Identifier: Apache-2.0

import Checks

/// The networks that checkpoints can be opened with: VGGKit's own, and those that a program registers.
public enum Zoo {
    /// VGGKit's own families.
    private static let own: [any Network.Type] = [
        VGG.Configuration.self, AlexNet.Configuration.self, SqueezeNet.Configuration.self,
        ResNet.Configuration.self, GoogLeNet.Configuration.self, MobileNetV2.Configuration.self,
        MobileNetV3.Configuration.self, EfficientNet.Configuration.self, EfficientNetLite.Configuration.self,
    ]

    private static let registered = Lock<[any Network.Type]>([])

    static var families: [any Network.Type] { own + registered.withLock { $0 } }

    static func isOwn(_ family: any Network.Type) -> Bool { own.contains { $0 == family } }

    /// Registers a family, so that checkpoints of its networks can be opened. Registering it twice has no
    /// effect.
    public static func register(
        _ family: any Network.Type, file: StaticString = #fileID, line: UInt = #line
    ) {
        guard !families.contains(where: { $0 == family }) else { return }
        let names = [family.family] + self.names(of: family)
        let taken = Set(families.flatMap { [$0.family] + self.names(of: $0) }).intersection(names)
        check(
            taken.isEmpty,
            "Zoo.register: \(family) is called \(taken.sorted().joined(separator: ", ")), as a network that is known already",
            file: file, line: line)
        registered.withLock { $0.append(family) }
    }

    /// The names of all named networks, as in torchvision.
    public static var names: [String] { families.flatMap(names(of:)) }

    private static func names(of family: any Network.Type) -> [String] {
        func names<N: Network>(_ family: N.Type) -> [String] { N.variants.map(\.name) }
        return names(family)
    }

    /// The network of a name; nil if there is none.
    public static func network(named name: String, classCount: Int = 1000) -> (any Network)? {
        func variant<N: Network>(_ family: N.Type) -> (any Network)? {
            N.variants.first { $0.name == name }?.network.with(classCount: classCount)
        }
        return families.lazy.compactMap { variant($0) }.first
    }

    static func family(named name: String) -> (any Network.Type)? { families.first { $0.family == name } }

    /// Recognises the network of a state dictionary by its keys and shapes; nil if it is unknown.
    public static func network(recognizing state: [(name: String, tensor: Tensor)]) -> (any Network)? {
        func network<N: Network>(_ family: N.Type) -> (any Network)? { N(recognizing: state) }
        return families.lazy.compactMap { network($0) }.first
    }
}
