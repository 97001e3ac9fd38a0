import Link

/// What to do about a proxy: nginx's directives word for word, and in words what others need.
/// Docs/Proxies.md has them in their places.
enum ProxyAdvice {
    static let passing =
        "nginx: proxy_pass http://lab; in location /, with upstream lab naming the server's address. "
        + "The path must stay as it is."

    static let host =
        "nginx: proxy_set_header Host $http_host; (its default is the upstream's name). Others: pass "
        + "the client's Host on (Apache: ProxyPreserveHost On). Or name the pages' origin to the "
        + "server: serve --allow-origin"

    static let version =
        "nginx: proxy_http_version 1.1; and proxy_set_header Connection \"\"; (its default is 1.0 and "
        + "close). Others: speak HTTP/1.1 to the server."

    static let buffering =
        "nginx: proxy_buffering off; in location /events. Others: pass on at once what the server "
        + "sends (Apache: flushpackets=on; Caddy: flush_interval -1)."

    static let compression =
        "nginx: gzip off; in location /events. Others: leave text/event-stream and the other streams "
        + "out of what is compressed."

    static let upgrade =
        "nginx: proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header "
        + "Connection $connection_upgrade; with map $http_upgrade $connection_upgrade { default "
        + "upgrade; '' ''; } in http. Others: pass Upgrade and Connection on for WebSocket."

    static let query =
        "nginx: proxy_pass http://lab; with nothing behind the name, which passes the query on; or "
        + "$request_uri. Others: neither drop nor rewrite the query."

    static let lastEventID =
        "nginx passes Last-Event-ID unless proxy_set_header Last-Event-ID or "
        + "proxy_pass_request_headers takes it away. Others: let the field pass."

    static let post =
        "nginx: look for limit_except and client_max_body_size in location /. Others: let POST "
        + "/events pass, with its content."

    static let redirect =
        "nginx: location /events without a slash behind it; location /events/ answers /events itself, "
        + "with a redirection. Others: let /events pass like what is below it."

    static let clientConnections =
        "nginx: keepalive_timeout 75s; and keepalive_requests high enough. Others: keep connections "
        + "of clients open between requests."

    static let serverConnections =
        "nginx: keepalive 64; in upstream lab, proxy_http_version 1.1; and proxy_set_header Connection "
        + "\"\"; in the location. Others: keep connections to the server open between requests."

    static let closing =
        "nginx: chunked_transfer_encoding on; (its default). Others: answer HTTP/1.1 to clients that "
        + "speak it, so that the end of a stream differs from a cut."

    /// Against being cut off after `duration` of silence.
    static func silence(after duration: Duration) -> String {
        let remedy =
            "nginx: proxy_read_timeout 1h; in location /events (its default is 60s). Others: let "
            + "connections be silent as long (HAProxy: timeout server and timeout tunnel; Apache: "
            + "ProxyTimeout)."
        // Half of what the proxy bears, so that one that comes late still comes in time.
        let half = Int(duration.seconds / 2)
        guard half > 0 else { return remedy }
        return remedy + " Or speak sooner: serve --heartbeat \(half)s --hold \(half)s."
    }

    /// Against latency.
    static let latency =
        "HAProxy: option http-no-delay (without it, it waits some 200 ms for more to send). nginx: "
        + "tcp_nodelay on; (its default; 40 ms are delayed acknowledgements), and no limit_rate. Others: "
        + "look for what they do with each event; the way to the proxy counts, too."
}
