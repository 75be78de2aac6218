//! What `lambdas package` promises of the zips.

use std::{fs, path::Path};

use anyhow::{Context as _, Result};
use lambdas::package::{Glibc, package};

/// The programs of this package, as cargo has just built them.
fn binaries() -> Result<&'static Path> {
    Path::new(env!("CARGO_BIN_EXE_resize-image")).parent().context("a directory")
}

/// More than there will ever be: these stories are about other things than this machine's library.
const ANY: Glibc = Glibc(99, 0);

/// The smallest ELF file: 64 bits, little-endian, an executable of this machine, without sections.
fn elf(machine: u8) -> Vec<u8> {
    let mut elf = vec![0; 64];
    elf[..7].copy_from_slice(b"\x7fELF\x02\x01\x01");
    (elf[16], elf[18], elf[20], elf[52], elf[58]) = (2, machine, 1, 64, 64);
    elf
}

/// A deployment compares digests: the same programs must give the same bytes.
#[test]
fn packaging_twice_gives_the_same_bytes() -> Result<()> {
    let directory = tempfile::tempdir()?;
    let [binaries, first, second] =
        ["bin", "first", "second"].map(|name| directory.path().join(name));
    fs::create_dir(&binaries)?;
    fs::write(binaries.join("resize-image"), elf(62))?;
    fs::write(binaries.join("update-product"), elf(183))?;
    let packaged = package(&binaries, &first, Glibc::AL2023)?;
    package(&binaries, &second, Glibc::AL2023)?;
    let place = directory.path().display().to_string();
    let said: Vec<_> = packaged.iter().map(|one| one.to_string().replace(&place, "")).collect();
    insta::assert_snapshot!(said.join("\n"), @r"
    /first/resize-image.zip (0.0 MB, x86_64, needs no GLIBC)
    /first/update-product.zip (0.0 MB, arm64, needs no GLIBC)
    ");
    for one in &packaged {
        let bytes = fs::read(&one.zip)?;
        let again = fs::read(second.join(one.zip.file_name().context("a name")?))?;
        assert!(bytes == again, "{} differs", one.zip.display());
        let mut zip = zip::ZipArchive::new(std::io::Cursor::new(bytes))?;
        assert_eq!(zip.len(), 1);
        let mode = zip.by_name("bootstrap")?.unix_mode();
        assert_eq!(mode.map(|mode| mode & 0o777), Some(0o755));
    }
    Ok(())
}

/// A program that Lambda could not start is told at once, and not by a failing function.
#[cfg(target_env = "gnu")]
#[test]
fn a_program_that_is_too_new_is_refused_with_a_way_out() -> Result<()> {
    let directory = tempfile::tempdir()?;
    let out = directory.path().join("out");
    let refused = package(binaries()?, &out, Glibc(2, 1)).err().context("is refused")?;
    let binary = binaries()?.join("resize-image");
    let told = refused.to_string().replace(&binary.display().to_string(), "resize-image");
    let (start, rest) = told.split_once(',').context("a comma")?;
    assert!(start.starts_with("resize-image needs GLIBC 2."), "{start}");
    insta::assert_snapshot!(rest, @" and where it shall run there is 2.1: build it on a system with GLIBC 2.1 or older (the image amazonlinux:2023 is one), or statically with --target x86_64-unknown-linux-musl or aarch64-unknown-linux-musl");
    assert!(!out.exists());
    Ok(())
}

#[test]
fn what_is_no_program_is_refused() -> Result<()> {
    let directory = tempfile::tempdir()?;
    let path = directory.path();
    let missing = package(path, path, ANY).err().context("is refused")?.to_string();
    assert!(missing.ends_with("build it first: cargo build --release -p lambdas"), "{missing}");
    fs::write(path.join("resize-image"), "#!/bin/sh\n")?;
    let foreign = package(path, path, ANY).err().context("is refused")?.to_string();
    assert!(foreign.contains("is no Linux program for x86_64 or arm64"), "{foreign}");
    Ok(())
}
