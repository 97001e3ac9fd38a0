/// The moment of an answer as its Date field says it (RFC 9110 §5.6.7): 29 bytes, always.
package enum HTTPDate {
    private static let days: [StaticString] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    private static let months: [StaticString] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// The last second of the year 9999; a longer year would not fit the form.
    private static let lastSecond: Int64 = 253_402_300_799

    /// The date of the moment `secondsSince1970` in UTC; a clock that is set outside the years 1970 to
    /// 9999 is taken for the nearest moment in them.
    package static func bytes(secondsSince1970: Int64) -> [UInt8] {
        let seconds = min(max(secondsSince1970, 0), lastSecond)
        let day = seconds / 86_400
        let second = Int(seconds % 86_400)
        let (year, month, dayOfMonth) = civil(daysSince1970: Int(day))
        var text = WireBuffer()
        text.write(days[Int(day % 7)], as: .responseHead)
        text.write(", ", as: .responseHead)
        writeTwoDigits(dayOfMonth, into: &text)
        text.write(" ", as: .responseHead)
        text.write(months[month - 1], as: .responseHead)
        text.write(" ", as: .responseHead)
        text.write(decimal: year, as: .responseHead)
        text.write(" ", as: .responseHead)
        writeTwoDigits(second / 3600, into: &text)
        text.write(":", as: .responseHead)
        writeTwoDigits(second / 60 % 60, into: &text)
        text.write(":", as: .responseHead)
        writeTwoDigits(second % 60, into: &text)
        text.write(" GMT", as: .responseHead)
        return text.take()
    }

    private static func writeTwoDigits(_ number: Int, into text: inout WireBuffer) {
        text.write(byte: UInt8(ascii: "0") + UInt8(number / 10), as: .responseHead)
        text.write(byte: UInt8(ascii: "0") + UInt8(number % 10), as: .responseHead)
    }

    /// Howard Hinnant's `civil_from_days`: years that begin in March put the leap day last.
    private static func civil(daysSince1970 days: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted % 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }
}
