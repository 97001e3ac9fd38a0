// swift-tools-version: 6.2
//
// The dependency lists below are the architecture diagram: a target imports only what stands on a
// lower floor, and `Scripts/check.sh` builds with `--explicit-target-dependency-import-check error`
// so that an import which is not listed here does not compile. Docs/Architecture.md says why.

import PackageDescription

/// Settings of every target: Swift 6 mode, no warnings, `any` written out, and each file naming the
/// modules whose members it uses, so that a file's first lines show its floor.
let house: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

/// Settings of the pure targets, which also promise not to touch unsafe memory unnoticed.
let pure: [SwiftSetting] = house + [.strictMemorySafety()]

let package = Package(
    name: "pushbench",
    products: [
        .executable(name: "pushbench", targets: ["pushbench"])
    ],
    traits: [
        .trait(
            name: "Deflate",
            description: "permessage-deflate (RFC 7692) for WebSocket, by zlib (zlib1g-dev).")
    ],
    targets: [
        // Floor 0: bytes, the network as arithmetic, and one thread's loop.
        .target(name: "CLinux"),
        .target(name: "Wire", swiftSettings: pure),
        .target(name: "Link", swiftSettings: pure),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib"),
        .target(
            name: "Deflate",
            dependencies: [.byName(name: "CZlib", condition: .when(traits: ["Deflate"]))],
            swiftSettings: pure),
        .target(name: "Reactor", dependencies: ["CLinux", "Link"], swiftSettings: house),

        // Floor 1: numbers and what they mean.
        .target(name: "Measurement", dependencies: ["Wire", "Link"], swiftSettings: house),

        // Floor 2: the techniques.
        .target(
            name: "Transports", dependencies: ["Wire", "Link", "Measurement", "Deflate"],
            swiftSettings: pure),

        // Floor 3: what drives them, and what reports on them. These never import each other.
        .target(
            name: "LabServer",
            dependencies: ["Transports", "Reactor", "Measurement", "Wire", "Link"],
            swiftSettings: house),
        .target(
            name: "LoadGen",
            dependencies: ["Transports", "Reactor", "Measurement", "Wire", "Link"],
            swiftSettings: house),
        .target(
            name: "LinkEmulation", dependencies: ["Link", "Reactor", "CLinux"], swiftSettings: house
        ),
        .target(
            name: "Simulation", dependencies: ["Transports", "Measurement", "Wire", "Link"],
            swiftSettings: pure),
        .target(
            name: "Reporting", dependencies: ["Measurement", "Wire", "Link"], swiftSettings: house),

        // Floor 4: the teaching lab. Its page is in the binary, so that one file is the program.
        .target(
            name: "Demo",
            dependencies: [
                "LabServer", "LinkEmulation", "Transports", "Measurement", "Reactor", "Wire",
                "Link",
            ],
            resources: [.embedInCode("Assets")], swiftSettings: house),

        // Floor 5: the command line.
        .executableTarget(
            name: "pushbench",
            dependencies: [
                "Demo", "LabServer", "LoadGen", "LinkEmulation", "Reporting", "Simulation",
                "Transports",
                "Measurement", "Reactor", "Deflate", "Wire", "Link",
            ],
            swiftSettings: house),

        // Floor 3: what must hold of every decoder, for the fuzzer and for the tests.
        .target(
            name: "DecoderProperties", dependencies: ["Transports", "Deflate", "Wire", "Link"],
            path: "Fuzz/Properties", swiftSettings: house),

        .testTarget(name: "WireTests", dependencies: ["Wire"], swiftSettings: house),
        .testTarget(name: "DeflateTests", dependencies: ["Deflate"], swiftSettings: house),
        .testTarget(name: "LinkTests", dependencies: ["Link"], swiftSettings: house),
        .testTarget(
            name: "ReactorTests", dependencies: ["Reactor", "Link"], swiftSettings: house),
        .testTarget(
            name: "MeasurementTests", dependencies: ["Measurement", "Wire", "Link"],
            swiftSettings: house),
        .testTarget(
            name: "TransportTests",
            dependencies: [
                "DecoderProperties", "Transports", "Measurement", "Deflate", "Wire", "Link",
            ],
            exclude: ["Transcripts"], swiftSettings: house),
        .testTarget(
            name: "LabServerTests",
            dependencies: ["LabServer", "Transports", "Reactor", "Measurement", "Wire", "Link"],
            swiftSettings: house),
        .testTarget(
            name: "LoadGenTests",
            dependencies: ["LoadGen", "Transports", "Reactor", "Measurement", "Wire", "Link"],
            swiftSettings: house),
        .testTarget(
            name: "LinkEmulationTests",
            dependencies: ["pushbench", "LinkEmulation", "Link", "Reactor"],
            swiftSettings: house),
        .testTarget(
            name: "SimulationTests",
            dependencies: ["Simulation", "Transports", "Measurement", "Wire", "Link"],
            swiftSettings: house),
        .testTarget(
            name: "DemoTests",
            dependencies: [
                "Demo", "LabServer", "LinkEmulation", "Reporting", "Transports", "Measurement",
                "Reactor", "Wire", "Link",
            ],
            swiftSettings: house),
        .testTarget(
            name: "ReportingTests", dependencies: ["Reporting", "Measurement", "Wire", "Link"],
            exclude: ["Goldens"], swiftSettings: house),
        .testTarget(
            name: "CommandTests",
            dependencies: [
                "pushbench", "LabServer", "LinkEmulation", "Reporting", "Simulation", "Transports",
                "Measurement", "Reactor", "Wire", "Link",
            ],
            exclude: ["Explanations", "Traces"], swiftSettings: house),
        .testTarget(
            name: "LiveTests",
            dependencies: [
                "LabServer", "LoadGen", "Transports", "Reactor", "Measurement", "Wire", "Link",
            ],
            swiftSettings: house),
        .testTarget(name: "TidyTests", swiftSettings: house),
    ]
)

// What measures the codecs is built only where it is asked for: PUSHBENCH_BENCHMARKS=1.
if Context.environment["PUSHBENCH_BENCHMARKS"] != nil {
    package.targets.append(
        // Floor 5: a program that runs each codec alone, for Benchmarks/codecs.py.
        .executableTarget(
            name: "CodecBench", dependencies: ["Transports", "Reactor", "Wire", "Link"],
            path: "Benchmarks/Codecs", exclude: ["baseline.json"], swiftSettings: house))
}

// So is what says in JSON how bytes are understood, for Scripts/differential.py: PUSHBENCH_JUDGE=1.
if Context.environment["PUSHBENCH_JUDGE"] != nil {
    package.targets.append(
        // Floor 5: a program that judges connections, a line each.
        .executableTarget(
            name: "Judge", dependencies: ["DecoderProperties", "Transports", "Wire"],
            path: "Fuzz/Judge", swiftSettings: house))
}

// So is the fuzzer: PUSHBENCH_FUZZ=1. Everything is compiled with the coverage that it follows.
if Context.environment["PUSHBENCH_FUZZ"] != nil {
    package.targets = package.targets.filter { !$0.isTest }
    for target in package.targets where target.type != .system && target.name != "CLinux" {
        target.swiftSettings = (target.swiftSettings ?? []) + [.unsafeFlags(["-sanitize=fuzzer"])]
    }
    package.targets.append(
        // Floor 5: a program that gives libFuzzer one decoder, for Scripts/fuzz.sh.
        .executableTarget(
            name: "Fuzz", dependencies: ["DecoderProperties"], path: "Fuzz/Driver",
            swiftSettings: house + [.unsafeFlags(["-sanitize=fuzzer"])],
            linkerSettings: [.unsafeFlags(["-sanitize=fuzzer", "-use-ld=lld"])]))
}
