import Transports

/// The page at `/`: what the server speaks, and how to try it from a shell.
enum IndexPage {
    /// What the page may do, which is nothing but its own style (W3C CSP 3), and be framed by nobody.
    static let policy =
        "Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'\r\n"

    static func render(_ transports: [Transport]) -> [UInt8] {
        var rows = ""
        for transport in transports {
            let endpoint =
                transport.isHTTP
                ? "<a href=\"\(transport.path)\"><code>\(transport.path)</code></a>"
                : "a port of its own"
            rows += """
                <tr><th scope="row">\(transport.title)</th><td>\(transport.summary)</td>\
                <td>\(endpoint)</td></tr>

                """
        }
        let page = """
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8">
            <meta name="viewport" content="width=device-width">
            <title>pushbench</title>
            <style>
            :root { color-scheme: light dark }
            body { font: 1rem/1.5 system-ui, sans-serif; max-width: 52rem; margin: 2rem auto; \
            padding: 0 1rem }
            table { border-collapse: collapse; width: 100% }
            th, td { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid #8886 }
            </style></head><body>
            <h1>pushbench</h1>
            <p>One event source, exposed through every technique at once.</p>
            <table>
            \(rows)</table>
            <p>Publish: <code>curl -d '{"hello":"world"}' http://HOST:PORT/events</code>.
            Read: <code>curl -N http://HOST:PORT/events/sse?since=0</code>.
            State: <a href="/healthz">/healthz</a>, <a href="/metrics">/metrics</a>.</p>
            </body></html>

            """
        return Array(page.utf8)
    }
}
