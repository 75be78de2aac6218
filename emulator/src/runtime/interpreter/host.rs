//! The interpreters that this host has, and the AWS SDK beside them.
//!
//! Looked at, in this order: what `python3` or `node` on the PATH is, a version on the PATH by its name
//! (`python3.13`, `node22`), and the folders of pyenv, uv, asdf, mise, nvm, fnm, Volta, n and Homebrew.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;

use crate::platform;

/// How long an interpreter may take to say what it is.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(10);

/// Says where the interpreter is (a shim needs variables that a function does not get), its version
/// and where it imports boto3 from, if it can: not from the current directory.
const ASK_PYTHON: &str = "import sys; sys.path.pop(0)\n\
    import importlib.util, json, os\n\
    sdk = importlib.util.find_spec('boto3')\n\
    sdk = sdk and sdk.origin and os.path.dirname(os.path.dirname(sdk.origin))\n\
    print(json.dumps([sys.executable, list(sys.version_info[:3]), sdk]))";
const ASK_NODE: &str = "JSON.stringify([process.execPath, \
    process.versions.node.split('.').map((part) => parseInt(part)), null])";

/// A language whose interpreters are on hosts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Language {
    Python,
    Node,
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Python => "Python",
            Self::Node => "Node.js",
        })
    }
}

impl Language {
    /// Of a runtime, with the version that it is: `python3.13`, `nodejs22.x`.
    pub fn of(runtime: &str) -> Option<(Self, [u32; 2])> {
        if let Some(version) = runtime.strip_prefix("python3.") {
            return Some((Self::Python, [3, version.parse().ok()?]));
        }
        let version = runtime.strip_prefix("nodejs")?.strip_suffix(".x")?;
        let major = version.split('.').next()?.parse().ok()?;
        Some((Self::Node, [major, 0]))
    }

    /// What its interpreter is called.
    pub fn command(self) -> &'static str {
        match self {
            Self::Python => platform::PYTHON,
            Self::Node => "node",
        }
    }

    /// The file of our client.
    pub fn client(self) -> &'static str {
        match self {
            Self::Python => "bootstrap.py",
            Self::Node => "index.mjs",
        }
    }

    /// As people say the version.
    pub fn spoken(self, [major, minor]: [u32; 2]) -> String {
        match self {
            Self::Python => format!("{major}.{minor}"),
            Self::Node => major.to_string(),
        }
    }

    pub fn is_version(self, wanted: [u32; 2], version: [u32; 3]) -> bool {
        self.distance(wanted, version) == 0
    }

    /// How far a version is from the one that is wanted, in those that make a difference.
    fn distance(self, [major, minor]: [u32; 2], version: [u32; 3]) -> u32 {
        match self {
            Self::Python => version[0].abs_diff(major) * 1000 + version[1].abs_diff(minor),
            Self::Node => version[0].abs_diff(major),
        }
    }
}

/// An interpreter of this host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    pub program: PathBuf,
    pub version: [u32; 3],
    /// Where its AWS SDK is: the site-packages with boto3, or folders for `NODE_PATH`.
    pub sdk: Option<OsString>,
}

/// The interpreter that is nearest to the version: the runtime's own, where it is here.
pub(super) async fn find(language: Language, wanted: [u32; 2]) -> Option<Found> {
    let default = ask(language, Path::new(language.command())).await;
    let mut found = default.clone();
    if !found.as_ref().is_some_and(|found| language.is_version(wanted, found.version)) {
        let search = tokio::task::spawn_blocking(move || Host::here().candidates(language));
        let candidates = search.await.unwrap_or_default();
        found = nearest(language, wanted, default.clone(), candidates).await;
    }
    let mut found = found?;
    match language {
        // A virtual environment with boto3 may be of another version: the SDK itself runs on all.
        Language::Python => found.sdk = found.sdk.or(default.and_then(|default| default.sdk)),
        Language::Node => found.sdk = node_path(&found.program).await,
    }
    Some(found)
}

/// The first of the candidates that runs, from the nearest version on; of versions that are as near,
/// the newer. The default counts as the first of its version.
async fn nearest(
    language: Language,
    wanted: [u32; 2],
    default: Option<Found>,
    mut candidates: Vec<Candidate>,
) -> Option<Found> {
    let rank = |version| (language.distance(wanted, version), std::cmp::Reverse(version));
    candidates.sort_by_key(|candidate| rank(candidate.version));
    let of_default = default.as_ref().map(|found| language.distance(wanted, found.version));
    for candidate in candidates {
        if of_default
            .is_some_and(|distance| distance <= language.distance(wanted, candidate.version))
        {
            break;
        }
        if let Some(found) = ask(language, &candidate.program).await {
            return Some(found);
        }
    }
    default
}

/// What an interpreter says of itself; nothing where it does not run.
async fn ask(language: Language, program: &Path) -> Option<Found> {
    let question = match language {
        Language::Python => ["-c", ASK_PYTHON],
        Language::Node => ["-p", ASK_NODE],
    };
    let answer = answer(program.as_os_str(), &question).await?;
    let (program, version, sdk): (PathBuf, [u32; 3], Option<String>) =
        serde_json::from_str(answer.trim()).ok()?;
    program.is_absolute().then(|| Found { program, version, sdk: sdk.map(OsString::from) })
}

async fn answer(program: &OsStr, arguments: &[&str]) -> Option<String> {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
    let output = tokio::time::timeout(ANSWER_TIME_MAX, command.output()).await.ok()?.ok()?;
    output.status.success().then(|| String::from_utf8(output.stdout).ok())?
}

/// Where packages of this host are that every project finds: the emulator's `NODE_PATH`, npm's
/// global ones, and those beside the interpreter.
async fn node_path(node: &Path) -> Option<OsString> {
    let mut folders: Vec<PathBuf> = std::env::var_os("NODE_PATH")
        .map(|path| std::env::split_paths(&path).collect())
        .unwrap_or_default();
    if let Some(root) = answer(OsStr::new(platform::NPM), &["root", "-g"]).await {
        folders.push(root.trim().into());
    }
    folders.extend(node.ancestors().nth(2).map(|prefix| prefix.join("lib/node_modules")));
    let mut kept = Vec::new();
    for folder in folders {
        if folder.is_absolute() && !kept.contains(&folder) && folder.is_dir() {
            kept.push(folder);
        }
    }
    std::env::join_paths(kept).ok().filter(|path| !path.is_empty())
}

/// A file that is called as an interpreter is.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Candidate {
    program: PathBuf,
    /// As its name or its folder's says.
    version: [u32; 3],
}

/// What of this host tells where interpreters are.
struct Host {
    path: Vec<PathBuf>,
    variable: fn(&str) -> Option<PathBuf>,
    home: PathBuf,
    /// `/`, but in tests.
    root: PathBuf,
}

/// A folder with a folder for each version.
struct Installed {
    folder: PathBuf,
    /// In front of the version in a folder's name.
    prefix: &'static str,
    program: &'static str,
}

impl Host {
    fn here() -> Self {
        let variable = |name: &str| std::env::var_os(name).map(PathBuf::from);
        let path = std::env::var_os("PATH").unwrap_or_default();
        Self {
            path: std::env::split_paths(&path).collect(),
            variable,
            home: variable("HOME").unwrap_or_default(),
            root: "/".into(),
        }
    }

    /// All that seem to be interpreters, those on the PATH first.
    fn candidates(&self, language: Language) -> Vec<Candidate> {
        let mut candidates = Vec::new();
        let prefixes: &[&str] = match language {
            Language::Python => &["python3."],
            Language::Node => &["node-", "nodejs-", "node", "nodejs"],
        };
        for folder in &self.path {
            for name in names(folder) {
                let version = prefixes.iter().find_map(|prefix| name.strip_prefix(prefix));
                let Some(number) = version.and_then(|version| version.parse().ok()) else {
                    continue;
                };
                let version = match language {
                    Language::Python => [3, number, 0],
                    Language::Node => [number, 0, 0],
                };
                candidates.push(Candidate { program: folder.join(name), version });
            }
        }
        for installed in self.installed(language) {
            for name in names(&installed.folder) {
                let Some(version) = name.strip_prefix(installed.prefix).and_then(version) else {
                    continue;
                };
                let program = installed.folder.join(name).join(installed.program);
                if program.is_file() {
                    candidates.push(Candidate { program, version });
                }
            }
        }
        candidates
    }

    fn installed(&self, language: Language) -> Vec<Installed> {
        let place = |variable: &str, default: &str| {
            (self.variable)(variable).unwrap_or_else(|| self.home.join(default))
        };
        let data = place("XDG_DATA_HOME", ".local/share");
        let asdf = place("ASDF_DATA_DIR", ".asdf").join("installs");
        let mise = (self.variable)("MISE_DATA_DIR").unwrap_or_else(|| data.join("mise"));
        let homebrew = ["opt/homebrew/opt", "usr/local/opt", "home/linuxbrew/.linuxbrew/opt"];
        let homebrew = homebrew.map(|folder| self.root.join(folder));
        let of = |folder: PathBuf, prefix, program| Installed { folder, prefix, program };
        match language {
            Language::Python => {
                let program = "bin/python3";
                let uv = (self.variable)("UV_PYTHON_INSTALL_DIR");
                let uv = uv.unwrap_or_else(|| data.join("uv/python"));
                let mut all = vec![
                    of(place("PYENV_ROOT", ".pyenv").join("versions"), "", program),
                    of(uv, "cpython-", program),
                    of(asdf.join("python"), "", program),
                    of(mise.join("installs/python"), "", program),
                ];
                let libexec = "libexec/bin/python3";
                all.extend(homebrew.map(|folder| of(folder, "python@", libexec)));
                all
            }
            Language::Node => {
                let program = "bin/node";
                let fnm = (self.variable)("FNM_DIR").unwrap_or_else(|| data.join("fnm"));
                let n = (self.variable)("N_PREFIX").unwrap_or_else(|| self.root.join("usr/local"));
                let volta = place("VOLTA_HOME", ".volta").join("tools/image/node");
                let mut all = vec![
                    of(place("NVM_DIR", ".nvm").join("versions/node"), "v", program),
                    of(fnm.join("node-versions"), "v", "installation/bin/node"),
                    of(volta, "", program),
                    of(asdf.join("nodejs"), "", program),
                    of(mise.join("installs/node"), "", program),
                    of(n.join("n/versions/node"), "", program),
                ];
                all.extend(homebrew.map(|folder| of(folder, "node@", program)));
                all
            }
        }
    }
}

/// What is in a folder, in the order of the names.
fn names(folder: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut names: Vec<_> =
        entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect();
    names.sort();
    names
}

/// `3.13.1-linux-x86_64-gnu` is 3.13.1.
fn version(text: &str) -> Option<[u32; 3]> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let mut parts = text[..end].split('.');
    let major = parts.next()?.parse().ok()?;
    let mut next = || parts.next().and_then(|part| part.parse().ok()).unwrap_or(0);
    Some([major, next(), next()])
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failed step fails the test")]
mod tests {
    use super::*;

    fn file(path: &Path, text: &str) {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
        platform::set_mode(path, 0o755).unwrap();
    }

    fn host(root: &Path) -> Host {
        let home = root.join("home");
        Host { path: vec![root.join("bin")], variable: |_| None, home, root: root.to_owned() }
    }

    fn listed(root: &Path, language: Language) -> Vec<String> {
        let told = |candidate: &Candidate| {
            let program = candidate.program.strip_prefix(root).unwrap().display();
            let [major, minor, patch] = candidate.version;
            format!("{major}.{minor}.{patch} {program}")
        };
        host(root).candidates(language).iter().map(told).collect()
    }

    #[test]
    fn interpreters_are_found_where_people_install_them() {
        let root = tempfile::tempdir().unwrap();
        for path in [
            "bin/python3",
            "bin/python3.12",
            "bin/python3.12-config",
            "bin/node-22",
            "home/.pyenv/versions/3.13.0/bin/python3",
            "home/.pyenv/versions/pypy3.10-7.3/bin/python3",
            "home/.local/share/uv/python/cpython-3.14.0-linux-x86_64-gnu/bin/python3",
            "home/.nvm/versions/node/v20.11.1/bin/node",
            "home/.local/share/mise/installs/node/24.1.0/bin/node",
            "opt/homebrew/opt/node@18/bin/node",
        ] {
            file(&root.path().join(path), "");
        }
        let found = [Language::Python, Language::Node].map(|it| listed(root.path(), it));
        insta::assert_debug_snapshot!(found, @r#"
        [
            [
                "3.12.0 bin/python3.12",
                "3.13.0 home/.pyenv/versions/3.13.0/bin/python3",
                "3.14.0 home/.local/share/uv/python/cpython-3.14.0-linux-x86_64-gnu/bin/python3",
            ],
            [
                "22.0.0 bin/node-22",
                "20.11.1 home/.nvm/versions/node/v20.11.1/bin/node",
                "24.1.0 home/.local/share/mise/installs/node/24.1.0/bin/node",
                "18.0.0 opt/homebrew/opt/node@18/bin/node",
            ],
        ]
        "#);
    }

    #[tokio::test]
    async fn the_nearest_that_runs_is_taken_and_the_newer_of_two() {
        let root = tempfile::tempdir().unwrap();
        let answers = |version: &str| {
            let list = version.replace('.', ", ");
            format!("#!/bin/sh\necho '[\"/usr/bin/python{version}\", [{list}], null]'\n")
        };
        for version in ["3.8.18", "3.9.18", "3.12.1"] {
            let folder = format!("home/.pyenv/versions/{version}/bin/python3");
            file(&root.path().join(folder), &answers(version));
        }
        // A version that was removed leaves such a file.
        file(&root.path().join("home/.pyenv/versions/3.13.0/bin/python3"), "#!/bin/sh\nexit 127\n");
        let default = Found { program: "/usr/bin/python3".into(), version: [3, 11, 2], sdk: None };
        let candidates = || host(root.path()).candidates(Language::Python);
        let mut told = Vec::new();
        for (minor, default) in [(13, Some(&default)), (11, Some(&default)), (8, None), (10, None)]
        {
            let wanted = [3, minor];
            let found = nearest(Language::Python, wanted, default.cloned(), candidates()).await;
            told.push(format!("3.{minor}: {:?}", found.unwrap().version));
        }
        insta::assert_debug_snapshot!(told, @r#"
        [
            "3.13: [3, 12, 1]",
            "3.11: [3, 11, 2]",
            "3.8: [3, 8, 18]",
            "3.10: [3, 9, 18]",
        ]
        "#);
    }

    #[test]
    fn a_runtime_names_its_version() {
        let names = ["python3.13", "nodejs22.x", "nodejs24.x", "nodejs", "python2.7", "java21"];
        insta::assert_debug_snapshot!(names.map(Language::of), @r#"
        [
            Some(
                (
                    Python,
                    [
                        3,
                        13,
                    ],
                ),
            ),
            Some(
                (
                    Node,
                    [
                        22,
                        0,
                    ],
                ),
            ),
            Some(
                (
                    Node,
                    [
                        24,
                        0,
                    ],
                ),
            ),
            None,
            None,
            None,
        ]
        "#);
    }
}
