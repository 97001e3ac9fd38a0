// How two ends agree on permessage-deflate (RFC 7692 §5 and §7.1). A client offers, a server accepts
// one offer or none, and each names what it asks of the other:
//
//     parameter                    in an offer                  in an answer
//     server_no_context_takeover   you must forget              I do forget
//     client_no_context_takeover   I do forget                  you must forget
//     server_max_window_bits=N     at most N, please            mine is N
//     client_max_window_bits       you may limit mine           –
//     client_max_window_bits=N     the same; mine is N          yours is N at most
//
// To forget is to begin each message with an empty window. All of it is decided here, with or without
// a compressor in the program.

/// What a client offers.
package struct DeflateOffer: Hashable, Sendable {
    /// What it says of its own window.
    package enum ClientWindow: Hashable, Sendable {
        /// Nothing: the server may not limit it.
        case untold
        /// The server may limit it.
        case limitable
        /// The server may limit it, and need not: it has so many bits at most.
        case bits(Int)
    }

    /// Whether the server must forget each message.
    package var serverForgets = false
    /// Whether the client says that it forgets each message.
    package var clientForgets = false
    /// How large the server's window may be.
    package var serverWindowBits: Int?
    /// What the client says of its own window.
    package var clientWindow = ClientWindow.untold

    package init() {}

    /// What this program's clients offer. They forget each message themselves, take any window of the
    /// server, which 42 KiB have room for, and let theirs be limited: all that a server may want.
    package static var own: DeflateOffer {
        var offer = DeflateOffer()
        offer.clientForgets = true
        offer.clientWindow = .limitable
        return offer
    }

    /// What browsers offer, as the browser's field lines of a `HeaderProfile` have it.
    static var browser: DeflateOffer {
        var offer = DeflateOffer()
        offer.clientWindow = .limitable
        return offer
    }

    /// Reads an offer; nil for another extension, and for parameters that are unknown, repeated or
    /// have a value that they cannot have, over which an offer must be declined (RFC 7692 §7.1).
    init?(_ offered: WebSocketExtension) {
        guard let parameters = DeflateParameters(offered) else { return nil }
        serverForgets = parameters.serverForgets
        clientForgets = parameters.clientForgets
        switch parameters.serverWindow {
        case .absent: break
        case .named: return nil
        case .bits(let bits): serverWindowBits = bits
        }
        switch parameters.clientWindow {
        case .absent: break
        case .named: clientWindow = .limitable
        case .bits(let bits): clientWindow = .bits(bits)
        }
    }

    /// The offer as an element of Sec-WebSocket-Extensions.
    package var text: String {
        var text = DeflateParameters.name
        if serverForgets { text += "; server_no_context_takeover" }
        if clientForgets { text += "; client_no_context_takeover" }
        if let serverWindowBits { text += "; server_max_window_bits=\(serverWindowBits)" }
        switch clientWindow {
        case .untold: break
        case .limitable: text += "; client_max_window_bits"
        case .bits(let bits): text += "; client_max_window_bits=\(bits)"
        }
        return text
    }
}

/// What a server answers, which is what holds then.
package struct DeflateAgreement: Hashable, Sendable {
    /// Whether the server forgets each message.
    package var serverForgets = false
    /// Whether the client must forget each message.
    package var clientForgets = false
    /// How large the server's window is; nil where nothing was said, and it may have 15 bits.
    package var serverWindowBits: Int?
    /// How large the client's window may be; nil where nothing was said, and it may have 15 bits.
    package var clientWindowBits: Int?

    package init() {}

    /// What this program's server answers to offers in their order of preference; nil when it takes
    /// none.
    ///
    /// Both ends forget each message, which an answer may say unasked (RFC 7692 §7.1.1): the server,
    /// so that one encoding of an event serves all subscribers; the client, so that a silent
    /// connection costs the server no window of 42 KiB, where it has some 300 bytes otherwise. A
    /// client's window then does not matter. The server's is 15 bits, or 9 for whoever asks for less
    /// than 15: smaller than asked is allowed (§7.1.2.1), events gain little from more, and so there
    /// are two encodings of an event at most. Eight bits are declined, as zlib has no such window.
    static func accepting(_ offered: [WebSocketExtension]) -> DeflateAgreement? {
        for element in offered {
            guard let offer = DeflateOffer(element), offer.serverWindowBits != 8 else { continue }
            var agreement = DeflateAgreement()
            agreement.serverForgets = true
            agreement.clientForgets = true
            agreement.serverWindowBits = offer.serverWindowBits.map { $0 == 15 ? 15 : 9 }
            return agreement
        }
        return nil
    }

    /// Reads the answer to an offer; nil when it is none that the client can live with, and it must
    /// fail the connection (RFC 7692 §5 and §7.1).
    init?(_ answer: WebSocketExtension, to offer: DeflateOffer) {
        guard let parameters = DeflateParameters(answer) else { return nil }
        serverForgets = parameters.serverForgets
        clientForgets = parameters.clientForgets
        guard serverForgets || !offer.serverForgets else { return nil }
        switch parameters.serverWindow {
        case .absent: guard offer.serverWindowBits == nil else { return nil }
        case .named: return nil
        case .bits(let bits):
            guard bits <= offer.serverWindowBits ?? 15 else { return nil }
            serverWindowBits = bits
        }
        switch parameters.clientWindow {
        case .absent: break
        case .named: return nil
        case .bits(let bits):
            guard offer.clientWindow != .untold else { return nil }
            clientWindowBits = bits
        }
    }

    /// The answer as an element of Sec-WebSocket-Extensions.
    package var text: String {
        var text = DeflateParameters.name
        if serverForgets { text += "; server_no_context_takeover" }
        if clientForgets { text += "; client_no_context_takeover" }
        if let serverWindowBits { text += "; server_max_window_bits=\(serverWindowBits)" }
        if let clientWindowBits { text += "; client_max_window_bits=\(clientWindowBits)" }
        return text
    }
}

/// The parameters, as both directions have them.
private struct DeflateParameters {
    enum Window {
        case absent
        /// There, without a value.
        case named
        case bits(Int)
    }

    static let name = "permessage-deflate"

    var serverForgets = false
    var clientForgets = false
    var serverWindow = Window.absent
    var clientWindow = Window.absent

    init?(_ element: WebSocketExtension) {
        guard element.name == Self.name else { return nil }
        var seen: Set<String> = []
        for parameter in element.parameters {
            guard seen.insert(parameter.name).inserted else { return nil }
            switch parameter.name {
            case "server_no_context_takeover":
                guard parameter.value == nil else { return nil }
                serverForgets = true
            case "client_no_context_takeover":
                guard parameter.value == nil else { return nil }
                clientForgets = true
            case "server_max_window_bits":
                guard let window = Self.window(parameter.value) else { return nil }
                serverWindow = window
            case "client_max_window_bits":
                guard let window = Self.window(parameter.value) else { return nil }
                clientWindow = window
            default:
                return nil
            }
        }
    }

    /// A number from 8 to 15 without leading zeros (RFC 7692 §7.1.2).
    private static func window(_ value: String?) -> Window? {
        guard let value else { return .named }
        guard let bits = Int(value), 8...15 ~= bits, "\(bits)" == value else { return nil }
        return .bits(bits)
    }
}

extension HeaderProfile {
    /// Whether the profile's own lines have an offer of permessage-deflate in them.
    func offersDeflate(to origin: StreamOrigin) -> Bool {
        if case .browser = self { origin == .lab } else { false }
    }
}

extension ClientProfile {
    /// What a WebSocket client of this profile offers to the server of `origin`.
    func deflateOffer(to origin: StreamOrigin) -> DeflateOffer? {
        headers.offersDeflate(to: origin) ? .browser : deflates ? .own : nil
    }
}
