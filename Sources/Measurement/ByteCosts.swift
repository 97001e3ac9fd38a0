import Wire

/// What one event, one request and one answer cost in bytes, so that the bytes of any number of
/// these are a sum of products.
///
/// How many answers a polling client needs depends on the moment to the microsecond: a machine that
/// stalls merges the events of two answers into one. The bytes follow exactly from whatever number
/// it was, and theory is held to that.
package struct ByteCosts: Hashable, Sendable, Codable {
    /// For each event: its payload and, in a stream, everything around it.
    package var event: ByteTraffic
    /// For each request.
    package var request: ByteTraffic
    /// For each answer with events, beside what each event of it costs.
    package var answer: ByteTraffic
    /// For each answer without one.
    package var emptyAnswer: ByteTraffic
    /// By how many bytes one of these may differ from its mean over the window, which is what the
    /// numbers above are, because ids and lengths gained a digit in it.
    package var digitSpread: ByteTraffic

    package init(
        event: ByteTraffic = ByteTraffic(), request: ByteTraffic = ByteTraffic(),
        answer: ByteTraffic = ByteTraffic(), emptyAnswer: ByteTraffic = ByteTraffic(),
        digitSpread: ByteTraffic = ByteTraffic()
    ) {
        self.event = event
        self.request = request
        self.answer = answer
        self.emptyAnswer = emptyAnswer
        self.digitSpread = digitSpread
    }

    /// The bytes an event when `events` of them came in `answers` answers, and `emptyAnswers`
    /// others came without one, to `requests` requests.
    package func traffic(
        events: Double, requests: Double, answers: Double, emptyAnswers: Double
    ) -> ByteTraffic {
        guard events > 0 else { return ByteTraffic() }
        var sum = event
        sum.add(request, times: requests / events)
        sum.add(answer, times: answers / events)
        sum.add(emptyAnswer, times: emptyAnswers / events)
        return sum
    }

    private enum CodingKeys: String, CodingKey {
        case event
        case request
        case answer
        case emptyAnswer = "empty_answer"
        case digitSpread = "digit_spread"
    }
}

extension ByteTraffic {
    /// Adds `other`, so many times.
    package mutating func add(_ other: ByteTraffic, times: Double) {
        for byteClass in ByteClass.allCases {
            down[byteClass] += other.down[byteClass] * times
            up[byteClass] += other.up[byteClass] * times
        }
    }
}
