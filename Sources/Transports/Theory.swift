import Measurement

/// What can be said of a technique before it is measured.
///
/// A theory is derived and never tuned: what it needs beside the technique's own formats stands in
/// the `Conditions`, and a measurement that it misses is a finding. Each technique's folder has its
/// own, with the derivation; the two conversations' laws are written once, in `Exchanges`.
package struct Theory: Sendable {
    /// Which conversation's law it is.
    package enum Kind: String, Sendable {
        /// Questions and answers: an event may have to wait for a question.
        case polling
        /// A stream: an event leaves when it is due.
        case streaming
    }

    /// Which conversation's law it is.
    package let kind: Kind
    /// The law in words and letters, in one line.
    package let law: String
    /// What the technique must measure for clients of a profile, under some conditions.
    let predict: @Sendable (Transport, Conditions, ClientProfile) -> Prediction
}

extension Theory {
    /// The same theory, which has nothing to say on bytes where messages are compressed: how short
    /// they are depends on what they say.
    func silentOnCompressedBytes() -> Theory {
        Theory(kind: kind, law: law) { transport, conditions, profile in
            var prediction = predict(transport, conditions, profile)
            guard profile.deflates else { return prediction }
            for group in ["bytes_per_event", "wire_per_event"] {
                prediction.exclusions[group] = "how short a compressed message is has no law"
            }
            return prediction
        }
    }
}

extension Transport {
    /// What this technique must measure under `conditions`, for clients of `profile`; the latter
    /// says how long their requests are.
    package func prediction(under conditions: Conditions, profile: ClientProfile) -> Prediction {
        var profile = profile
        profile.keepsAlive = conditions.connection == .keepAlive
        var prediction = theory.predict(self, conditions, profile)
        if conditions.lossRate > 0 {
            let reason = "lost packets wait for retransmission timers, which have no law here"
            for group in [
                "latency_ns", "requests_per_event", "events_per_answer", "wire_per_event",
            ] {
                prediction.exclusions[group] = reason
            }
        }
        if conditions.bandwidth != nil, conditions.clients > 1 {
            prediction.exclusions["latency_ns"] =
                "the clients share the link's rate and wait for each other"
        }
        return prediction
    }
}

/// Arithmetic that the formulas of all formats need.
enum Digits {
    /// Decimal digits of `number`.
    static func decimal(_ number: some BinaryInteger) -> Int {
        var digits = 1
        var rest = number / 10
        while rest > 0 {
            digits += 1
            rest /= 10
        }
        return digits
    }

    /// Hexadecimal digits of `number`.
    static func hexadecimal(_ number: Int) -> Int {
        var digits = 1
        var rest = number / 16
        while rest > 0 {
            digits += 1
            rest /= 16
        }
        return digits
    }
}
