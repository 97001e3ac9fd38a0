import LabServer
import Link
import Wire

/// Why a room does not do what it was asked, in words for people and a code for the page.
struct RoomRefusal: Error, Hashable {
    /// The status code of the answer.
    let status: Int
    /// What the page looks its own words up by.
    let code: String
    /// What is wrong.
    let reason: String
    /// What can be done about it.
    let remedy: String
    /// Seconds after which it may be tried again, rounded up.
    var retrySeconds: Int?

    /// `{"error":…,"code":…,"remedy":…,"retry_s":…}`, on one line.
    var json: [UInt8] {
        var json = RoomJSON()
        json.write("{\"error\":", string: reason)
        json.write(",\"code\":", string: code)
        json.write(",\"remedy\":", string: remedy)
        if let retrySeconds { json.write(",\"retry_s\":", number: retrySeconds) }
        json.write("}")
        return json.bytes
    }

    /// The answer to a request.
    var answer: HostedAnswer {
        var fields = RoomPage.noStore
        if let retrySeconds { fields += "Retry-After: \(retrySeconds)\r\n" }
        if status == 405 { fields += "Allow: POST\r\n" }
        return HostedAnswer(
            status: status, contentType: RoomPage.jsonType, fields: fields, body: json)
    }

    static let name = RoomRefusal(
        status: 400, code: "name", reason: "A name has 1 to \(RoomText.nameLimit) characters.",
        remedy: "Choose a name that can be seen and is shorter.")
    static let text = RoomRefusal(
        status: 400, code: "text", reason: "A message has 1 to \(RoomText.textLimit) characters.",
        remedy: "Say something, or say it in several messages.")
    static let request = RoomRefusal(
        status: 400, code: "request", reason: "The content is not what this takes.",
        remedy: "Send a JSON object with the fields that the documentation names.")
    static let callback = RoomRefusal(
        status: 400, code: "request", reason: "callback is missing, or is no name.",
        remedy: "Name a function: callback=push.")
    static let mediaType = RoomRefusal(
        status: 415, code: "request", reason: "The content is not declared to be JSON.",
        remedy: "Send it with Content-Type: application/json.")
    static let method = RoomRefusal(
        status: 405, code: "request", reason: "This is posted to.", remedy: "Use POST.")
    static let session = RoomRefusal(
        status: 403, code: "session", reason: "The room does not know this session.",
        remedy: "Enter again.")
    static let token = RoomRefusal(
        status: 401, code: "token", reason: "This is not the host's token.",
        remedy: "Copy the token that pushbench demo printed at its start.")
    static let notHost = RoomRefusal(
        status: 403, code: "host", reason: "Only the host posts here.",
        remedy: "Log in with the token that pushbench demo printed at its start.")
    static let image = RoomRefusal(
        status: 400, code: "image",
        reason: "An image is PNG, JPEG, GIF or WebP, of \(RoomImage.byteLimit / 1024) KiB at most.",
        remedy: "Send another image, or a smaller one.")
    static let full = RoomRefusal(
        status: 503, code: "full", reason: "The room is full.", remedy: "Come back later.",
        retrySeconds: 30)

    /// Too many messages: it may go on after `wait`.
    static func rate(_ wait: Duration) -> RoomRefusal {
        let seconds = Int((wait.seconds).rounded(.up))
        return RoomRefusal(
            status: 429, code: "rate", reason: "Too many messages in a short time.",
            remedy: "Wait, and send it again.", retrySeconds: max(seconds, 1))
    }
}

/// JSON on one line, written piece by piece.
struct RoomJSON {
    /// What was written so far.
    private(set) var bytes: [UInt8] = []

    /// Writes `json` as it is.
    mutating func write(_ json: String) {
        bytes.append(contentsOf: json.utf8)
    }

    /// Writes `json` as it is.
    mutating func write(_ json: [UInt8]) {
        bytes.append(contentsOf: json)
    }

    /// Writes `name`, which ends with a colon, and `string` as its value.
    mutating func write(_ name: String, string: String) {
        write(name)
        let text = Array(string.utf8)
        JSONText.appendString(text.span, to: &bytes)
    }

    /// Writes `name`, which ends with a colon, and `number` as its value.
    mutating func write(_ name: String, number: some BinaryInteger) {
        write(name)
        write(String(number))
    }
}
