import CLinux
import Glibc

/// The processors that this process may use, counted from 0 whatever the kernel calls them.
///
/// A container may have been given processors 4 and 7; those are 0 and 1 here. The list is what the
/// first thread that asks is allowed to use, so that pinning that thread later does not shorten it.
package enum Processors {
    /// The kernel's numbers of them.
    private static let numbers: [Int32] = {
        // CPU_SETSIZE: as many as the C library's set can name.
        var numbers = [Int32](repeating: 0, count: 1024)
        let count = numbers.withUnsafeMutableBufferPointer {
            clx_allowed_processors($0.baseAddress, Int32($0.count))
        }
        // On a machine with more than that the question fails, and the first one surely exists.
        return count > 0 ? Array(numbers.prefix(Int(count))) : [0]
    }()

    /// How many there are.
    package static var count: Int {
        numbers.count
    }

    /// Lets the calling thread run on the processor of that index only; false when there is none or
    /// the kernel refuses.
    @discardableResult
    package static func pin(to index: Int) -> Bool {
        guard numbers.indices.contains(index) else { return false }
        return clx_pin(numbers[index]) == 0
    }

    /// The kernel's number of the processor of that index.
    static func number(at index: Int) throws(SystemError) -> Int32 {
        guard numbers.indices.contains(index) else {
            throw SystemError(call: "use processor \(index) of \(count)", code: EINVAL)
        }
        return numbers[index]
    }
}
