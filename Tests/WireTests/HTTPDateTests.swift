import Testing
import Wire

@Suite("HTTPDate")
struct HTTPDateTests {
    private func text(_ seconds: Int64) -> String {
        String(decoding: HTTPDate.bytes(secondsSince1970: seconds), as: UTF8.self)
    }

    @Test(
        "writes known moments",
        arguments: [
            (0, "Thu, 01 Jan 1970 00:00:00 GMT"), (1, "Thu, 01 Jan 1970 00:00:01 GMT"),
            (86_399, "Thu, 01 Jan 1970 23:59:59 GMT"), (86_400, "Fri, 02 Jan 1970 00:00:00 GMT"),
            // The example of RFC 9110 §5.6.7.
            (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
            (68_169_600, "Tue, 29 Feb 1972 00:00:00 GMT"),
            (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"),
            (951_868_800, "Wed, 01 Mar 2000 00:00:00 GMT"),
            (946_684_799, "Fri, 31 Dec 1999 23:59:59 GMT"),
            (1_709_251_199, "Thu, 29 Feb 2024 23:59:59 GMT"),
            (1_740_787_199, "Fri, 28 Feb 2025 23:59:59 GMT"),
            (1_740_787_200, "Sat, 01 Mar 2025 00:00:00 GMT"),
            (2_147_483_648, "Tue, 19 Jan 2038 03:14:08 GMT"),
            (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT"),
            (253_402_300_799, "Fri, 31 Dec 9999 23:59:59 GMT"),
        ] as [(Int64, String)])
    func known(seconds: Int64, date: String) {
        #expect(text(seconds) == date)
    }

    @Test("takes a clock outside 1970 to 9999 for the nearest moment in it")
    func clamped() {
        #expect(text(-1) == text(0))
        #expect(text(.min) == text(0))
        #expect(text(253_402_300_800) == text(253_402_300_799))
        #expect(text(.max) == text(253_402_300_799))
    }

    @Test("counts every day of four centuries as a calendar does")
    func everyDay() {
        let months = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(separator: " ")
        let days = "Thu Fri Sat Sun Mon Tue Wed".split(separator: " ")
        var day: Int64 = 0
        for year in 1970..<2370 {
            let isLeap =
                year.isMultiple(of: 4) && (!year.isMultiple(of: 100) || year.isMultiple(of: 400))
            let lengths = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
            for (month, length) in zip(months, lengths) {
                // The first and last days of a month are where a calendar goes wrong.
                for date in [1, 2, length - 1, length] {
                    let twoDigits = date < 10 ? "0\(date)" : "\(date)"
                    let moment = day + Int64(date) - 1
                    let expected =
                        "\(days[Int(moment % 7)]), \(twoDigits) \(month) \(year) 12:34:56 GMT"
                    let written = HTTPDate.bytes(secondsSince1970: moment * 86_400 + 45_296)
                    if written != expected.bytes {
                        Issue.record("\(String(decoding: written, as: UTF8.self)) is \(expected)")
                    }
                }
                day += Int64(length)
            }
        }
    }

    @Test("takes 29 bytes, always")
    func length() {
        var dice = Dice(seed: 29)
        for _ in 0..<2000 {
            let seconds = Int64.random(in: 0...253_402_300_799, using: &dice)
            #expect(HTTPDate.bytes(secondsSince1970: seconds).count == 29)
            let any = Int64.random(in: .min ... .max, using: &dice)
            #expect(HTTPDate.bytes(secondsSince1970: any).count == 29)
        }
    }
}
