// SPDX-License-Identifier: Apache-2.0

/// A layer's parts, found by reflection, in the order of the stored properties.
struct LayerContents {
    enum State {
        case parameter(Parameter)
        case buffer(Buffer)
    }

    var state: [(name: String, state: State)] = []
    /// The layer itself, with an empty name, and all within it.
    var layers: [(name: String, layer: any Layer)] = []

    init(of layer: any Layer) {
        visit(layer, path: "")
    }

    private mutating func visit(_ value: Any, path: String) {
        switch value {
        case let parameter as Parameter: state.append((path, .parameter(parameter)))
        case let buffer as Buffer: state.append((path, .buffer(buffer)))
        default:
            let mirror = Mirror(reflecting: value)
            if mirror.displayStyle != .optional, let layer = value as? any Layer {
                layers.append((path, layer))
            }
            guard let children = Self.children(of: value, mirror) else { return }
            for (label, child) in children {
                visit(child, path: path.isEmpty ? label : label.isEmpty ? path : "\(path).\(label)")
            }
        }
    }

    /// The parts of a layer, an optional, an array, a dictionary or a tuple; nil for anything else.
    private static func children(of value: Any, _ mirror: Mirror) -> [(String, Any)]? {
        switch mirror.displayStyle {
        case .optional: return mirror.children.map { ("", $0.value) }
        case .collection: return mirror.children.enumerated().map { ("\($0.offset)", $0.element.value) }
        case .tuple: return mirror.children.map { (stateName($0.label ?? ""), $0.value) }
        case .dictionary:
            return mirror.children.compactMap { child in
                let pair = Array(Mirror(reflecting: child.value).children)
                return ("\(pair[0].value)", pair[1].value)
            }.sorted { $0.0 < $1.0 }
        default:
            guard value is any Layer else { return nil }
            var found: [(String, Any)] = []
            var current: Mirror? = mirror
            while let level = current {
                found = level.children.map { (stateName($0.label ?? ""), $0.value) } + found
                current = level.superclassMirror
            }
            return found
        }
    }

    /// A property's name as PyTorch writes it: `runningMean` → `running_mean`.
    static func stateName(_ property: String) -> String {
        var name = ""
        for character in property {
            if character.isUppercase, let last = name.last, last.isLowercase || last.isNumber {
                name.append("_")
            }
            name.append(
                character.isUppercase && name.last != nil ? Character(character.lowercased()) : character)
        }
        return name
    }
}

extension Layer {
    /// The parameters with their names, in the order of the stored properties: `features.0.weight`.
    public var namedParameters: [(name: String, parameter: Parameter)] {
        LayerContents(of: self).state.compactMap { name, state in
            if case .parameter(let parameter) = state { (name, parameter) } else { nil }
        }
    }

    /// The parameters, each once, however often it is shared.
    public var parameters: [Parameter] {
        var seen: Set<ObjectIdentifier> = []
        return namedParameters.map(\.parameter).filter { seen.insert(ObjectIdentifier($0)).inserted }
    }

    /// The running statistics and counters with their names.
    public var namedBuffers: [(name: String, buffer: Buffer)] {
        LayerContents(of: self).state.compactMap { name, state in
            if case .buffer(let buffer) = state { (name, buffer) } else { nil }
        }
    }

    /// The number of elements of all parameters, frozen ones included. A parameter that is shared counts
    /// once.
    public var parameterCount: Int { parameters.reduce(0) { $0 + $1.value.count } }

    /// Sets every gradient to nil.
    public func zeroGradients() {
        for parameter in parameters { parameter.gradient = nil }
    }

    /// Freezes the parameters with a name, or below it: `features`, `layer4.1`, `classifier.6.weight`. A `*`
    /// matches anything, as in `*.bias`. Frozen parameters get no gradient until `unfreeze`, and a frozen
    /// batch normalisation keeps its running statistics.
    /// - Returns: how many parameters matched.
    @discardableResult
    public func freeze(_ pattern: String) -> Int { setTrainable(false, matching: pattern) }

    /// Makes the parameters with a name, or below it, trainable again.
    @discardableResult
    public func unfreeze(_ pattern: String) -> Int { setTrainable(true, matching: pattern) }

    private func setTrainable(_ isTrainable: Bool, matching pattern: String) -> Int {
        let (whole, below) = (NamePattern(pattern), NamePattern(pattern + ".*"))
        let matching = namedParameters.filter { whole.matches($0.name) || below.matches($0.name) }
        for (_, parameter) in matching { parameter.isTrainable = isTrainable }
        return matching.count
    }
}
