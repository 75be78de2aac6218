//! The zips that Lambda takes: an executable `bootstrap` for the runtime `provided.al2023`.
//! <https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html#runtimes-custom-use>

use std::{
    fmt, fs,
    io::{Cursor, Write as _},
    path::{Path, PathBuf},
};

use object::{
    Endianness,
    elf::{EM_AARCH64, EM_X86_64, FileHeader64},
    read::elf::{FileHeader as _, SectionHeader as _},
};
use zip::{CompressionMethod, DateTime, ZipWriter, write::SimpleFileOptions};

/// The functions of this package, by the names of their binaries.
pub const FUNCTIONS: [&str; 2] = ["resize-image", "update-product"];

/// A version of the GNU C library.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Glibc(pub u32, pub u32);

impl Glibc {
    /// What Amazon Linux 2023 has.
    /// <https://docs.aws.amazon.com/linux/al2023/ug/compare-with-al2.html>
    pub const AL2023: Self = Self(2, 34);
}

/// A zip that was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packaged {
    /// The function's name.
    pub function: &'static str,
    /// Where the zip is.
    pub zip: PathBuf,
    /// Its size. Lambda takes 50 MB at once.
    pub size_bytes: usize,
    /// What it runs on.
    pub program: Program,
}

/// What an executable file needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Program {
    /// As Lambda names it: `x86_64` or `arm64`.
    pub architecture: &'static str,
    /// The newest symbol that it takes from the GNU C library; none in a static one.
    pub glibc: Option<Glibc>,
}

/// Why a zip was not written.
#[derive(Debug, thiserror::Error)]
pub enum PackageError {
    /// A file cannot be read or written.
    #[error("{}: {error}{}", path.display(), advice(error))]
    File {
        /// Which one.
        path: PathBuf,
        /// What the system says.
        error: std::io::Error,
    },
    /// Not a program for Lambda.
    #[error("{} is no Linux program for x86_64 or arm64 ({reason}): build it for one of them", path.display())]
    Foreign {
        /// The program.
        path: PathBuf,
        /// What it is instead.
        reason: String,
    },
    /// It would not start on Lambda.
    #[error(
        "{} needs GLIBC {needs}, and where it shall run there is {has}: build it on a system with \
         GLIBC {has} or older (the image amazonlinux:2023 is one), or statically with \
         --target x86_64-unknown-linux-musl or aarch64-unknown-linux-musl",
        path.display()
    )]
    TooNew {
        /// The program.
        path: PathBuf,
        /// What it needs.
        needs: Glibc,
        /// What there is.
        has: Glibc,
    },
    /// A zip cannot be made.
    #[error("the zip of {function} cannot be made: {error}")]
    Zip {
        /// The function's name.
        function: &'static str,
        /// Why.
        error: zip::result::ZipError,
    },
}

/// Writes `resize-image.zip` and `update-product.zip` into `out`, from the programs of these names
/// in `binaries`. The same programs give the same bytes, so that a deployment sees whether anything
/// has changed. Both programs are looked at before anything is written.
///
/// # Errors
/// [`PackageError`]: a program that is missing, or that would not start where there is GLIBC `has`.
pub fn package(binaries: &Path, out: &Path, has: Glibc) -> Result<Vec<Packaged>, PackageError> {
    let mut programs = Vec::new();
    for function in FUNCTIONS {
        let path = binaries.join(function);
        let bytes = fs::read(&path).map_err(at(&path))?;
        let program = Program::of(&bytes)
            .map_err(|reason| PackageError::Foreign { path: path.clone(), reason })?;
        if let Some(needs) = program.glibc.filter(|needs| *needs > has) {
            return Err(PackageError::TooNew { path, needs, has });
        }
        programs.push((function, program, bytes));
    }
    fs::create_dir_all(out).map_err(at(out))?;
    let mut packaged = Vec::new();
    for (function, program, bytes) in programs {
        let zipped = zipped(&bytes).map_err(|error| PackageError::Zip { function, error })?;
        let zip = out.join(format!("{function}.zip"));
        fs::write(&zip, &zipped).map_err(at(&zip))?;
        packaged.push(Packaged { function, zip, size_bytes: zipped.len(), program });
    }
    Ok(packaged)
}

impl Program {
    /// Reads what an ELF file needs; what it is instead, where it is none for Lambda.
    ///
    /// # Errors
    /// Why it is no such file.
    pub fn of(bytes: &[u8]) -> Result<Self, String> {
        let text = |error: object::read::Error| error.to_string();
        let header = FileHeader64::<Endianness>::parse(bytes).map_err(text)?;
        let endian = header.endian().map_err(text)?;
        let architecture = match header.e_machine(endian) {
            EM_X86_64 => "x86_64",
            EM_AARCH64 => "arm64",
            other => return Err(format!("ELF machine {other:?}")),
        };
        let sections = header.sections(endian, bytes).map_err(text)?;
        let mut glibc = None;
        for section in sections.iter() {
            let Some((mut needs, names)) = section.gnu_verneed(endian, bytes).map_err(text)? else {
                continue;
            };
            let names = sections.strings(endian, bytes, names).map_err(text)?;
            while let Some((_, mut versions)) = needs.next().map_err(text)? {
                while let Some(version) = versions.next().map_err(text)? {
                    let name = version.name(endian, names).map_err(text)?;
                    glibc = glibc.max(std::str::from_utf8(name).ok().and_then(Glibc::symbol));
                }
            }
        }
        Ok(Self { architecture, glibc })
    }
}

impl Glibc {
    /// `GLIBC_2.34`, and nothing that has no such number: `GLIBC_PRIVATE`, `GCC_3.0`.
    fn symbol(name: &str) -> Option<Self> {
        name.strip_prefix("GLIBC_")?.parse().ok()
    }
}

impl std::str::FromStr for Glibc {
    type Err = String;

    /// `2.34`, or with a third number, which is never of importance.
    fn from_str(text: &str) -> Result<Self, String> {
        let mut numbers = text.splitn(3, '.').map(str::parse);
        match (numbers.next(), numbers.next()) {
            (Some(Ok(major)), Some(Ok(minor))) => Ok(Self(major, minor)),
            _ => Err(format!("{text:?} is no version such as 2.34")),
        }
    }
}

impl fmt::Display for Glibc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.0, self.1)
    }
}

impl fmt::Display for Packaged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { zip, size_bytes, program, .. } = self;
        let (size_mb, architecture) = (*size_bytes as f64 / 1e6, program.architecture);
        write!(f, "{} ({size_mb:.1} MB, {architecture}, ", zip.display())?;
        match program.glibc {
            Some(glibc) => write!(f, "needs GLIBC {glibc})"),
            None => write!(f, "needs no GLIBC)"),
        }
    }
}

fn zipped(program: &[u8]) -> zip::result::ZipResult<Vec<u8>> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        // 1980: the time of the build would make every zip another one.
        .last_modified_time(DateTime::default())
        .unix_permissions(0o755);
    zip.start_file("bootstrap", options)?;
    zip.write_all(program)?;
    Ok(zip.finish()?.into_inner())
}

fn at(path: &Path) -> impl FnOnce(std::io::Error) -> PackageError + '_ {
    |error| PackageError::File { path: path.to_owned(), error }
}

fn advice(error: &std::io::Error) -> &'static str {
    match error.kind() {
        std::io::ErrorKind::NotFound => "; build it first: cargo build --release -p lambdas",
        _ => "",
    }
}
