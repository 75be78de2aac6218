//! The runtimes that AWS has: <https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html>.

/// Those that a function may have, in the order in which AWS lists them where it refuses another.
pub(crate) const CURRENT: [&str; 25] = [
    "nodejs20.x",
    "python3.14",
    "provided.al2023",
    "python3.12",
    "python3.13",
    "nodejs24.x",
    "nodejs22.x",
    "java25",
    "python3.10",
    "python3.11",
    "java21",
    "ruby3.3",
    "ruby3.4",
    "ruby3.2",
    "python3.8",
    "python3.9",
    "java17",
    "nodejs16.x",
    "dotnet10",
    "dotnet8",
    "java11",
    "dotnet6",
    "nodejs18.x",
    "provided.al2",
    "java8.al2",
];

/// Those that came since that list was seen.
pub(crate) const LATER: [&str; 1] = ["ruby4.0"];

/// Those that no function is given any more.
pub(crate) const GONE: [&str; 19] = [
    "nodejs",
    "nodejs4.3",
    "nodejs4.3-edge",
    "nodejs6.10",
    "nodejs8.10",
    "nodejs10.x",
    "nodejs12.x",
    "nodejs14.x",
    "python2.7",
    "python3.6",
    "python3.7",
    "java8",
    "dotnetcore1.0",
    "dotnetcore2.0",
    "dotnetcore2.1",
    "dotnetcore3.1",
    "go1.x",
    "ruby2.7",
    "provided",
];

/// Those of which snapshots can be made.
/// <https://docs.aws.amazon.com/lambda/latest/dg/snapstart.html#snapstart-runtimes>
pub(crate) const WITH_SNAP_START: [&str; 8] =
    ["java11", "java17", "java21", "java25", "python3.12", "python3.13", "dotnet8", "dotnet10"];
