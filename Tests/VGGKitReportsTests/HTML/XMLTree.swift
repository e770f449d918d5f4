// SPDX-License-Identifier: Apache-2.0

import Foundation

#if canImport(FoundationXML)
    import FoundationXML
#endif

/// A parsed document, to look into it.
final class XMLTree: @unchecked Sendable {  // Used by the one test that parses it.
    let name: String
    let attributes: [String: String]
    private(set) var children: [XMLTree] = []
    /// The text directly within.
    private(set) var ownText = ""

    init(_ name: String, _ attributes: [String: String]) {
        self.name = name
        self.attributes = attributes
    }

    /// - Throws: why the document is not well formed
    static func parse(_ document: String) throws -> XMLTree {
        let parser = XMLParser(data: Data(document.utf8))
        let builder = Builder()
        parser.delegate = builder
        guard parser.parse() else { throw parser.parserError ?? CocoaError(.coderReadCorrupt) }
        return builder.root
    }

    /// All elements below, the nearest first in the order of the document.
    var descendants: [XMLTree] { children.flatMap { [$0] + $0.descendants } }

    func all(_ name: String, class style: String? = nil) -> [XMLTree] {
        descendants.filter { element in
            element.name == name
                && (style.map { element.classes.contains($0) } ?? true)
        }
    }

    var classes: [String] { (attributes["class"] ?? "").split(separator: " ").map(String.init) }

    func element(id: String) -> XMLTree? { descendants.first { $0.attributes["id"] == id } }

    /// The text within, at any depth, spaces as they are.
    var text: String { parts.joined() }

    private var pieces: [Piece] = []
    private enum Piece {
        case text(String)
        case element(XMLTree)
    }
    private var parts: [String] {
        pieces.flatMap { piece -> [String] in
            switch piece {
            case .text(let text): [text]
            case .element(let element): element.parts
            }
        }
    }

    private final class Builder: NSObject, XMLParserDelegate {
        let root = XMLTree("", [:])
        private lazy var stack = [root]

        func parser(
            _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
            attributes: [String: String]
        ) {
            let element = XMLTree(name, attributes)
            stack.last!.children.append(element)
            stack.last!.pieces.append(.element(element))
            stack.append(element)
        }

        func parser(
            _ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?
        ) { stack.removeLast() }

        func parser(_ parser: XMLParser, foundCharacters text: String) {
            stack.last!.ownText += text
            stack.last!.pieces.append(.text(text))
        }
    }
}
