// SPDX-License-Identifier: Apache-2.0

/// The one thing of EXIF that matters here: how the camera was held. Anything malformed counts as upright.
enum EXIF {
    /// From the first segment of JPEG's that holds EXIF.
    static func orientation(ofJPEG bytes: [UInt8]) -> Orientation {
        let (startOfScan, endOfImage, application1) = (UInt8(0xDA), UInt8(0xD9), UInt8(0xE1))
        var position = 2
        while position + 4 <= bytes.count, bytes[position] == 0xFF {
            let marker = bytes[position + 1]
            if marker == 0xFF {
                position += 1
                continue
            }
            // Metadata comes before the scan.
            if marker == startOfScan || marker == endOfImage { return .upright }
            let length = Int(bytes[position + 2]) << 8 | Int(bytes[position + 3])
            guard length >= 2 else { return .upright }
            let body = bytes[(position + 4)..<max(position + 4, min(position + 2 + length, bytes.count))]
            if marker == application1, body.starts(with: "Exif\0\0".utf8) {
                return TIFF(body.dropFirst(6)).orientation
            }
            position += 2 + length
        }
        return .upright
    }

    /// From PNG's chunk `eXIf`, where it comes before the pixels.
    static func orientation(ofPNG bytes: [UInt8]) -> Orientation {
        var position = 8
        while position + 8 <= bytes.count {
            let length = bytes[position..<position + 4].reduce(0) { $0 << 8 | Int($1) }
            let name = bytes[(position + 4)..<(position + 8)]
            let start = position + 8
            guard length <= bytes.count - start, !name.elementsEqual("IDAT".utf8) else { return .upright }
            if name.elementsEqual("eXIf".utf8) { return TIFF(bytes[start..<start + length]).orientation }
            position = start + length + 4
        }
        return .upright
    }

    private struct TIFF {
        private let bytes: [UInt8]
        private let isLittleEndian: Bool

        init(_ slice: ArraySlice<UInt8>) {
            bytes = Array(slice)
            isLittleEndian = bytes.starts(with: "II".utf8)
        }

        /// Entries of a directory are twelve bytes: tag, type, count and value.
        var orientation: Orientation {
            guard number(at: 2, bytes: 2) == 42, let directory = number(at: 4, bytes: 4),
                let count = number(at: directory, bytes: 2)
            else { return .upright }
            for entry in 0..<count {
                let start = directory + 2 + 12 * entry
                guard let tag = number(at: start, bytes: 2) else { return .upright }
                guard tag == 0x0112 else { continue }
                return number(at: start + 8, bytes: 2).flatMap(Orientation.init(rawValue:)) ?? .upright
            }
            return .upright
        }

        private func number(at start: Int, bytes length: Int) -> Int? {
            guard start >= 0, start + length <= bytes.count else { return nil }
            let digits = bytes[start..<start + length]
            return isLittleEndian
                ? digits.reversed().reduce(0) { $0 << 8 | Int($1) } : digits.reduce(0) { $0 << 8 | Int($1) }
        }
    }
}
