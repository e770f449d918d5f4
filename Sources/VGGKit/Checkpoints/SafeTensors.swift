// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The safetensors format: eight bytes with the header's length, a JSON header with each tensor's type, shape and place,
/// and the elements, row-major and little-endian. https://huggingface.co/docs/safetensors
enum SafeTensors {
    /// Reads a file through a mapping, so that besides the tensors it takes no memory.
    static func read(_ url: URL) throws(CheckpointError) -> Checkpoint {
        let data = try map(url)
        let header = try SafeTensorsHeader(data, url)
        var tensors: [(name: String, tensor: Tensor)] = []
        for entry in header.entries {
            tensors.append((entry.name, try StoredTensor(entry, data, url).tensor()))
        }
        return Checkpoint(tensors: tensors, metadata: header.metadata)
    }

    private static func map(_ url: URL) throws(CheckpointError) -> Data {
        var status = stat()
        guard stat(url.path, &status) == 0 else {
            throw .unreadable(url, reason: String(cString: strerror(errno)))
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw .unreadable(url, reason: "it is not a regular file")
        }
        do {
            return try Data(contentsOf: url, options: .alwaysMapped)
        } catch {
            throw .unreadable(url, reason: error.localizedDescription)
        }
    }

    /// Writes header and tensors one after the other: only a tensor that is not row-major is copied, alone.
    ///
    /// Tensors stand in the header as given, and in the data those of wider elements first: so each is aligned.
    static func write(_ checkpoint: Checkpoint, to url: URL) throws(FileError) {
        let tensors = checkpoint.tensors
        let order = tensors.indices.sorted {
            let widths = (tensors[$0].tensor.scalarType.byteCount, tensors[$1].tensor.scalarType.byteCount)
            return widths.0 == widths.1 ? $0 < $1 : widths.0 > widths.1
        }
        let header = header(of: checkpoint, order)
        try writeAtomically(to: url) { (file) throws(FileError) in
            try file.write(header)
            for index in order {
                let tensor = tensors[index].tensor.detached.contiguous()
                switch tensor.scalarType {
                case .float32: try append(tensor, Float.self, to: file)
                case .bfloat16: try append(tensor, BFloat16.self, to: file)
                case .int32: try append(tensor, Int32.self, to: file)
                case .uint8: try append(tensor, UInt8.self, to: file)
                }
            }
        }
    }

    private static func append<S: Scalar>(
        _ tensor: Tensor, _ type: S.Type, to file: borrowing AtomicFile
    ) throws(FileError) {
        let result: Result<Void, FileError> = tensor.withScalars(S.self) { scalars in
            do throws(FileError) {
                return .success(try file.write(UnsafeRawBufferPointer(scalars)))
            } catch {
                return .failure(error)
            }
        }
        try result.get()
    }

    /// - Parameter order: the tensors' indices as they follow each other in the data.
    private static func header(of checkpoint: Checkpoint, _ order: [Int]) -> Data {
        var places = [Range<Int>](repeating: 0..<0, count: order.count)
        var end = 0
        for index in order {
            places[index] = end..<end + checkpoint.tensors[index].tensor.byteCount
            end = places[index].upperBound
        }
        var names: Set<String> = [SafeTensorsHeader.metadataKey]
        var members: [String] = []
        if !checkpoint.metadata.isEmpty {
            let texts = checkpoint.metadata.sorted { $0.key < $1.key }.map {
                "\(quoted($0.key)):\(quoted($0.value))"
            }
            members.append("\(quoted(SafeTensorsHeader.metadataKey)):{\(texts.joined(separator: ","))}")
        }
        for ((name, tensor), place) in zip(checkpoint.tensors, places) {
            precondition(
                names.insert(name).inserted,
                "Checkpoint: the name \(name) is taken; each tensor needs its own")
            let shape = tensor.shape.map(String.init).joined(separator: ",")
            members.append(
                "\(quoted(name)):{\"dtype\":\"\(StoredType(tensor.scalarType).rawValue)\",\"shape\":[\(shape)],"
                    + "\"data_offsets\":[\(place.lowerBound),\(place.upperBound)]}")
        }
        var text = Array("{\(members.joined(separator: ","))}".utf8)
        while text.count % 8 != 0 { text.append(UInt8(ascii: " ")) }
        return Data((0..<8).map { UInt8(truncatingIfNeeded: text.count >> (8 * $0)) } + text)
    }

    private static func quoted(_ text: String) -> String {
        let escaped = text.unicodeScalars.map { scalar in
            switch scalar {
            case "\"": "\\\""
            case "\\": "\\\\"
            case "\u{0}"..<" ": String(format: "\\u%04x", scalar.value)
            default: String(scalar)
            }
        }
        return "\"\(escaped.joined())\""
    }
}
