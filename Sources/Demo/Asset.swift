import FoundationEssentials
import LabServer

/// The files of the pages, which are part of the program.
enum Asset {
    /// Every file by the name under which it is served.
    static let all: [String: [UInt8]] = [
        "chat.html": PackageResources.chat_html,
        "index.html": PackageResources.index_html,
        "live.html": PackageResources.live_html,
    ]

    /// The file called `name`: from `directory`, where somebody who works on the pages keeps them, or
    /// else the one in the program.
    static func answer(to name: String, from directory: String?) -> HostedAnswer? {
        guard let type = contentType(of: name), let bytes = content(of: name, from: directory)
        else { return nil }
        return HostedAnswer(
            contentType: type,
            fields: "Cache-Control: no-cache\r\nX-Content-Type-Options: nosniff\r\n",
            body: bytes)
    }

    private static func content(of name: String, from directory: String?) -> [UInt8]? {
        guard let directory else { return all[name] }
        // Names have no separators: nothing outside the directory can be asked for.
        guard !name.contains("/"), !name.hasPrefix(".") else { return nil }
        return (try? Data(contentsOf: URL(filePath: directory).appending(path: name))).map {
            Array($0)
        }
    }

    private static func contentType(of name: String) -> String? {
        switch name.split(separator: ".").last {
        case "html": "text/html; charset=utf-8"
        case "css": "text/css; charset=utf-8"
        case "js": "text/javascript; charset=utf-8"
        default: nil
        }
    }
}
