//! What is read out of sources.
#![expect(clippy::unwrap_used, reason = "a test says what is wrong by stopping")]

use std::fs;

use structure::{House, circles, reduced};
use tempfile::TempDir;

/// A workspace with these files.
fn house(files: &[(&str, &str)]) -> House {
    let directory = TempDir::new().unwrap();
    for (path, text) in files {
        let path = directory.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    House::read(directory.path()).unwrap()
}

const KERNEL: (&str, &str) = ("emulator/kernel/Cargo.toml", "name = \"cloudless-kernel\"");
const CORE: (&str, &str) = ("emulator/core/Cargo.toml", "name = \"cloudless-core\"");

/// A package with these files.
fn kernel(files: &[(&str, &str)]) -> House {
    let placed: Vec<(String, &str)> =
        files.iter().map(|(path, text)| (format!("emulator/kernel/src/{path}"), *text)).collect();
    let placed = placed.iter().map(|(path, text)| (&**path, *text));
    house(&[KERNEL].into_iter().chain(placed).collect::<Vec<_>>())
}

/// Each arrow, but for those of the library's root.
fn told(house: &House) -> String {
    let arrows = house.arrows.iter().filter(|arrow| !arrow.from.is_root());
    let told = arrows.map(|it| {
        let behind = it.behind.as_ref().map(|behind| format!(", of {behind}")).unwrap_or_default();
        format!("{} → {} by {}{behind}", it.from.name, it.to.name, it.path)
    });
    told.collect::<Vec<_>>().join("\n")
}

#[test]
fn imports_and_paths_are_arrows_wherever_they_stand() {
    let house = kernel(&[
        ("lib.rs", "mod a; mod b; mod c; mod d; mod e;"),
        (
            "a.rs",
            "use crate::b::{self, One as Uno}; use super::c::*;
             fn f(d: crate::d::D) { let e = e(); b::two(e); Three }
             #[serde(with = \"crate::e\")] struct A;
             fn g() { println!(\"{}\", crate::d::four()); }",
        ),
        ("b.rs", "pub struct One; pub fn two() {}"),
        ("c.rs", "pub struct Three; pub fn e() {}"),
        ("d.rs", "pub struct D; pub fn four() {}"),
        ("e.rs", "macro_rules! m { () => { $crate::d::{D, four} } }"),
    ]);
    insta::assert_snapshot!(told(&house), @"
    a → b by crate::b
    a → b by crate::b::One
    a → b by b::two
    a → c by super::c
    a → c by Three
    a → c by e
    a → d by crate::d::D
    a → d by crate::d::four
    a → e by crate::e
    e → d by crate::d::D
    e → d by crate::d::four
    ");
}

#[test]
fn a_name_counts_for_the_module_that_defines_it() {
    let house = kernel(&[
        ("lib.rs", "mod a; mod b; mod c; pub use b::*; pub use c::inner::Deep as Known;"),
        ("a.rs", "use crate::{Shown, Known}; use crate::c::Again;"),
        ("b.rs", "pub struct Shown;"),
        ("c/mod.rs", "pub mod inner; pub use crate::Shown as Again;"),
        ("c/inner.rs", "pub struct Deep;"),
    ]);
    insta::assert_snapshot!(told(&house), @"
    a → b by crate::Shown
    a → b by crate::c::Again
    a → c by crate::Known
    c → b by crate::Shown
    ");
}

#[test]
fn a_file_and_its_folder_are_one_part() {
    let house = kernel(&[
        ("lib.rs", "mod a; mod b;"),
        (
            "a.rs",
            "mod below; pub mod inline { pub use super::below::Below; use super::super::b::B; }",
        ),
        ("a/below.rs", "use super::inline; use super::super::b; pub struct Below;"),
        ("b.rs", "pub struct B;"),
    ]);
    insta::assert_snapshot!(told(&house), @"
    a → b by super::super::b::B
    a → b by super::super::b
    ");
}

#[test]
fn tests_do_not_count_nor_does_what_is_called_like_a_module() {
    let house = kernel(&[
        ("lib.rs", "mod a; mod b; mod c; #[cfg(test)] mod tests;"),
        (
            "a.rs",
            "use other::types as b;
             #[cfg(test)] mod tests { use crate::c::C; }
             #[cfg(all(test, unix))] fn f() { crate::c::f() }
             #[test] fn g() { crate::c::g() }
             fn h(c: u8) -> b::Other { b::other(c) }",
        ),
        ("b.rs", ""),
        ("c.rs", ""),
    ]);
    insta::assert_snapshot!(told(&house), @"");
}

#[test]
fn a_name_of_another_package_counts_for_the_package_that_was_asked() {
    let house = house(&[
        CORE,
        KERNEL,
        ("emulator/Cargo.toml", "name = \"cloudless\""),
        ("emulator/kernel/src/lib.rs", "pub mod time;"),
        ("emulator/kernel/src/time.rs", "pub struct Timestamp;"),
        ("emulator/core/src/lib.rs", "pub mod world; pub use kernel::time;"),
        ("emulator/core/src/world.rs", "use kernel::time::Timestamp; pub struct World;"),
        ("emulator/src/lib.rs", "mod clock;"),
        ("emulator/src/clock.rs", "use cloudless_core::{time::Timestamp, world::World};"),
    ]);
    insta::assert_snapshot!(told(&house), @"
    clock → lib by cloudless_core::time::Timestamp, of cloudless-kernel
    clock → world by cloudless_core::world::World
    world → time by kernel::time::Timestamp
    ");
}

#[test]
fn what_is_not_ours_is_known_in_full() {
    let house = kernel(&[(
        "lib.rs",
        "use std::{fs, time::{self, Instant as Now}};
         async fn f() { fs::read(time::SystemTime::now()); Now::now(); std::env::var(); }",
    )]);
    let paths: Vec<&str> = house.foreign.iter().map(|it| &*it.path).collect();
    insta::assert_snapshot!(paths.join("\n"), @"
    std::fs
    std::time
    std::time::Instant
    async
    std::fs::read
    std::time::SystemTime::now
    std::time::Instant::now
    std::env::var
    ");
}

#[test]
fn a_circle_is_told_by_its_shortest_way_and_implied_arrows_are_left_out() {
    let house = kernel(&[
        ("lib.rs", "mod a; mod b; mod c; mod d;"),
        ("a.rs", "use crate::{b, c, d};"),
        ("b.rs", "use crate::c;"),
        ("c.rs", "use crate::{b, d};"),
        ("d.rs", ""),
    ]);
    let known = house.within("cloudless-kernel");
    let names = |parts: &[structure::Part]| {
        parts.iter().map(|part| part.name.clone()).collect::<Vec<_>>().join(" → ")
    };
    let circles: Vec<String> = circles(&known).iter().map(|circle| names(circle)).collect();
    let reduced: Vec<String> = reduced(&known)
        .iter()
        .map(|(part, others)| format!("{}: {}", part.name, names(others)))
        .collect();
    insta::assert_snapshot!([circles, reduced].concat().join("\n"), @"
    b → c
    a: b → c
    b: c
    c: b → d
    d:
    ");
}

#[test]
fn a_function_is_as_long_as_from_its_signature_to_its_end() {
    let house = kernel(&[(
        "lib.rs",
        "/// Says.\nfn one() {}\nimpl Two {\n    #[must_use]\n    fn three(\n        self,\n    ) {\n    }\n}\n#[cfg(test)]\nmod tests { fn four() {} }\n",
    )]);
    let functions = house.files.iter().flat_map(|file| &file.functions);
    let functions: Vec<String> =
        functions.map(|it| format!("{}: {} from {}", it.name, it.lines, it.line)).collect();
    insta::assert_snapshot!(functions.join("\n"), @"
    one: 1 from 2
    Two::three: 4 from 5
    ");
}
