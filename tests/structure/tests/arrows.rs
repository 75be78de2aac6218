//! Who knows whom, as the sources say.
#![expect(clippy::unwrap_used, reason = "a test says what is wrong by stopping")]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::LazyLock;

use structure::{Arrow, Floor, House, Part, UPWARD, Upward, circles, drawing};

/// Rooms of one floor that know each other: who, whom.
const BESIDE: [(&str, &str); 5] = [
    ("cloudless", "cloudless-balancer"),
    ("e2e", "cloudless-testcontainers"),
    ("lambdas", "imaging"),
    ("shop", "imaging"),
    ("shop", "lambdas"),
];

fn house() -> &'static House {
    static HOUSE: LazyLock<House> = LazyLock::new(|| House::here().unwrap());
    &HOUSE
}

fn floors(house: &House) -> BTreeMap<&str, Floor> {
    house.rooms.iter().map(|room| (&*room.name, room.floor)).collect()
}

fn said(arrow: &Arrow) -> String {
    let Arrow { from, to, file, line, path, .. } = arrow;
    format!("{file}:{line} {} knows {} by {path}", from.room, to.room)
}

fn complain(complaints: &[String]) {
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}

#[test]
fn services_do_not_know_each_other_and_the_kernel_knows_nobody() {
    let house = house();
    let floors = floors(house);
    assert!(floors.values().filter(|floor| **floor == Floor::Services).count() >= 4);
    let is_forbidden = |arrow: &Arrow| {
        let (from, to) = (floors[&*arrow.from.room], floors[&*arrow.to.room]);
        arrow.from.room != arrow.to.room && from >= Floor::Services && to <= Floor::Services
    };
    let arrows = house.arrows.iter().filter(|arrow| is_forbidden(arrow));
    complain(&arrows.map(said).collect::<Vec<_>>());
}

#[test]
fn rooms_know_what_is_below_them() {
    let house = house();
    let floors = floors(house);
    let is_forbidden = |arrow: &Arrow| {
        let (from, to) = (&*arrow.from.room, &*arrow.to.room);
        from != to && floors[from] >= floors[to] && !BESIDE.contains(&(from, to))
    };
    let arrows = &house.arrows;
    let forbidden = arrows.iter().filter(|arrow| is_forbidden(arrow));
    complain(&forbidden.map(said).collect::<Vec<_>>());

    let mut rooms: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for arrow in arrows.iter().filter(|arrow| arrow.from.room != arrow.to.room) {
        rooms.entry(&arrow.from.room).or_default().insert(&arrow.to.room);
    }
    let mut told = String::new();
    for (room, others) in rooms {
        writeln!(told, "{room}: {}", others.into_iter().collect::<Vec<_>>().join(", ")).unwrap();
    }
    insta::assert_snapshot!(told, @"
    bench: imaging, shop
    cloudless: cloudless-core
    cloudless-autoscaling: cloudless-kernel
    cloudless-balancer: cloudless-elb, cloudless-kernel
    cloudless-cloudwatch: cloudless-kernel
    cloudless-core: cloudless-autoscaling, cloudless-cloudwatch, cloudless-ec2, cloudless-elb, cloudless-kernel, cloudless-lambda, cloudless-logs, cloudless-s3, cloudless-sqs, cloudless-sts
    cloudless-ec2: cloudless-kernel
    cloudless-elb: cloudless-kernel
    cloudless-lambda: cloudless-kernel
    cloudless-logs: cloudless-kernel
    cloudless-s3: cloudless-kernel
    cloudless-sqs: cloudless-kernel
    cloudless-sts: cloudless-kernel
    e2e: cloudless, cloudless-testcontainers, lambdas, shop
    lambdas: imaging
    shop: cloudless, imaging, lambdas
    ");
}

/// Core hands its services on: who asks it for one knows that service all the same.
#[test]
fn the_emulator_names_a_service_where_the_map_says_so_and_nowhere_else() {
    let house = house();
    let floors = floors(house);
    let mut told = BTreeSet::new();
    for arrow in house.arrows.iter().filter(|arrow| arrow.from.room == "cloudless") {
        let Some(behind) = arrow.behind.as_deref() else { continue };
        if floors[behind] == Floor::Services {
            // Of `http`, each file for itself: it is the one that must not know an operation.
            let who = if arrow.from.name == "http" { &arrow.file } else { &arrow.from.name };
            told.insert(format!("{who}: {behind}"));
        }
    }
    insta::assert_snapshot!(told.into_iter().collect::<Vec<_>>().join("\n"), @"
    builder: cloudless-lambda
    builder: cloudless-s3
    control: cloudless-cloudwatch
    control: cloudless-ec2
    control: cloudless-logs
    emulator/src/http/access_log.rs: cloudless-s3
    emulator/src/http/auth/form.rs: cloudless-s3
    emulator/src/http/auth/mod.rs: cloudless-s3
    emulator/src/http/auth/mod.rs: cloudless-sts
    emulator/src/http/code.rs: cloudless-s3
    emulator/src/http/cors.rs: cloudless-s3
    emulator/src/http/function_url.rs: cloudless-lambda
    emulator/src/http/function_url/cors.rs: cloudless-lambda
    emulator/src/http/head.rs: cloudless-s3
    emulator/src/http/hot_reload.rs: cloudless-lambda
    emulator/src/http/post.rs: cloudless-s3
    emulator/src/http/streaming.rs: cloudless-lambda
    emulator/src/http/upload.rs: cloudless-s3
    emulator/src/http/website.rs: cloudless-s3
    engine: cloudless-ec2
    engine: cloudless-elb
    engine: cloudless-lambda
    engine: cloudless-logs
    engine: cloudless-s3
    fork: cloudless-lambda
    fork: cloudless-s3
    instances: cloudless-ec2
    keys: cloudless-s3
    lib: cloudless-lambda
    lib: cloudless-s3
    main: cloudless-lambda
    main: cloudless-s3
    performer: cloudless-ec2
    performer: cloudless-elb
    performer: cloudless-lambda
    runtime: cloudless-lambda
    runtime: cloudless-logs
    start: cloudless-lambda
    surroundings: cloudless-ec2
    surroundings: cloudless-elb
    ");
}

/// The shop is told of a cloud by its configuration; `cargo run` alone starts one.
#[test]
fn the_shop_knows_the_emulator_where_it_runs_on_it_in_one_process() {
    let mut files = BTreeSet::new();
    for arrow in &house().arrows {
        let (from, to) = (&*arrow.from.room, &*arrow.to.room);
        if from == "shop" && matches!(to, "cloudless" | "lambdas") {
            files.insert(format!("{}: {to}", arrow.file));
        }
    }
    insta::assert_snapshot!(files.into_iter().collect::<Vec<_>>().join("\n"), @"
    shop/src/command/lab.rs: cloudless
    shop/src/local.rs: cloudless
    shop/src/local.rs: lambdas
    shop/src/local/calls.rs: cloudless
    shop/src/local/lab.rs: cloudless
    shop/src/local/lab/lesson.rs: cloudless
    shop/src/local/lab/measuring.rs: cloudless
    shop/src/local/watch.rs: cloudless
    ");
}

/// A file and its folder are one module; above that, what is known does not know back.
#[test]
fn no_modules_of_a_room_know_each_other_in_a_circle() {
    let house = house();
    let mut complaints = Vec::new();
    for room in &house.rooms {
        for circle in circles(&house.downward(&room.name)) {
            let names: Vec<&str> = circle.iter().map(|part| &*part.name).collect();
            complaints.push(format!(
                "{}: {} → {}. What both need is a module of its own.",
                room.name,
                names.join(" → "),
                names[0]
            ));
        }
    }
    complain(&complaints);
}

#[test]
fn every_arrow_that_closes_a_circle_still_does() {
    let house = house();
    let mut complaints = Vec::new();
    for Upward { room, from, to, reason } in UPWARD {
        assert!(!reason.is_empty());
        let known = house.within(room);
        let part = |name: &str| known.keys().find(|part| part.name == name).cloned();
        let is_needed = || {
            let (from, to) = (part(from)?, part(to)?);
            let closes = known[&from].contains(&to) && reaches(&known, &to, &from);
            closes.then_some(())
        };
        if is_needed().is_none() {
            complaints.push(format!(
                "{room}: {from} → {to} closes no circle any more: take it off the list."
            ));
        }
    }
    complain(&complaints);
}

fn reaches(known: &BTreeMap<Part, Vec<Part>>, from: &Part, to: &Part) -> bool {
    let mut seen = BTreeSet::new();
    let mut open = vec![from];
    while let Some(part) = open.pop() {
        if part == to {
            return true;
        }
        if seen.insert(part) {
            open.extend(&known[part]);
        }
    }
    false
}

#[test]
fn the_drawing_is_of_these_sources() {
    let drawn = std::fs::read_to_string(House::root().join(drawing::PATH)).unwrap_or_default();
    let is_same = drawn.replace("\r\n", "\n") == drawing::svg(house());
    assert!(is_same, "{} is of other sources: run `just structure`", drawing::PATH);
}
