import Wire

extension DecoderProperty {
    /// Requests one behind the other, with their content, as a connection reads them.
    static let httpRequest = DecoderProperty(
        "http-request", "requests are the same however they are cut, and for a parser that is new"
    ) { (input) throws(Violation) in
        var limits = HTTPRequestParser.Limits()
        if input.hasBit(0) {
            // Close limits, so that they are met within an input of usual size.
            (limits.headBytes, limits.targetBytes, limits.fields, limits.bodyBytes) =
                (120, 40, 3, 50)
        }
        let (whole, pieces) = input.feeds
        let reference = try ReceivedRequests(whole, limits: limits)
        let cut = try ReceivedRequests(pieces, limits: limits)
        try Violation.unlessEqual(reference, cut, "the reads change what was asked")
        let fresh = try ReceivedRequests(whole, limits: limits, reusing: false)
        try Violation.unlessEqual(reference, fresh, "the request before changes what was asked")
        try Rules.check(reference.error, among: ProtocolError.httpRequestRules)
    }
}
