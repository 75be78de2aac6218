//! From the plan to SVG.

use std::fmt::Write as _;

use super::plan::{Area, PlacedFloor, PlacedRoom, Plan, WIDTH};
use crate::Floor;

const STYLE: &str = "
    svg { --ink: #1f2933; --soft: #5b6875; --line: #9aa5b1; --paper: #ffffff; --box: #ffffff; --arrow: #334155; --warm: #d9480f;
      --tests: #f1f3f5; --shop: #fdf2e3; --cloudless: #e6f1fb; --core: #ece9fb; --services: #e5f5ec; --kernel: #f8eaf0;
      --tests-edge: #adb5bd; --shop-edge: #e0a85a; --cloudless-edge: #6ba5d8; --core-edge: #9184d9; --services-edge: #67b78a; --kernel-edge: #cf8aa6; }
    @media (prefers-color-scheme: dark) {
      svg { --ink: #e6edf3; --soft: #a3afbb; --line: #64717e; --paper: #0d1117; --box: #10161d; --arrow: #c3ccd5; --warm: #ff8a4c;
        --tests: #1a1f25; --shop: #2a2114; --cloudless: #13222f; --core: #1e1b33; --services: #12261b; --kernel: #2a1720;
        --tests-edge: #56606a; --shop-edge: #8f6a34; --cloudless-edge: #3f739c; --core-edge: #6558a8; --services-edge: #3d7a58; --kernel-edge: #8c5068; }
    }
    text { fill: var(--ink); }
    .paper { fill: var(--paper); }
    .title { font-size: 19px; font-weight: 650; }
    .soft { font-size: 12px; fill: var(--soft); }
    .floor { font-size: 12px; font-weight: 600; fill: var(--soft); letter-spacing: .03em; }
    .name { font-size: 14px; font-weight: 650; }
    .folder { font-size: 11px; fill: var(--soft); }
    .box { fill: var(--box); stroke-width: 1; }
    .module { font-size: 11.5px; }
    .roof { fill: none; stroke: var(--line); stroke-width: 1.6; stroke-linejoin: round; }
    .room { stroke-width: 1.4; fill: var(--paper); fill-opacity: .55; }
    .line { fill: none; stroke-width: 1.1; opacity: .75; }
    .arrow { fill: none; stroke: var(--arrow); stroke-width: 2; marker-end: url(#head); }
    .upward { fill: none; stroke: var(--warm); stroke-width: 1.3; stroke-dasharray: 4 3; marker-end: url(#warmhead); }
    #head path { fill: var(--arrow); }
    #warmhead path { fill: var(--warm); }
";

const WHAT: &str = "The packages as rooms on floors. At the top the tests, below them the shop with its functions, \
the emulator, its core, the services beside each other, at the bottom the kernel. Arrows go down.";

pub(super) fn svg(plan: &Plan<'_>) -> String {
    let mut svg = String::new();
    let height = plan.height;
    let _ = write!(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" font-family=\"system-ui, -apple-system, 'Segoe UI', sans-serif\" role=\"img\" aria-labelledby=\"title what\">\n\
         <!-- Drawn by `just structure`. -->\n\
         <title id=\"title\">The house, drawn from its imports</title>\n\
         <desc id=\"what\">{WHAT}</desc>\n\
         <style>{STYLE}</style>\n\
         <defs>\n{}{}</defs>\n\
         <rect class=\"paper\" width=\"{WIDTH}\" height=\"{height}\" rx=\"10\"/>\n",
        marker("head", 6),
        marker("warmhead", 5),
    );
    roof(&mut svg);
    for floor in &plan.floors {
        ground(&mut svg, floor);
    }
    for (from, to) in &plan.arrows {
        let _ = writeln!(svg, "<path class=\"arrow\" d=\"{}\"/>", between(*from, *to));
    }
    for floor in &plan.floors {
        label(&mut svg, floor);
        for room in &floor.rooms {
            inside(&mut svg, room, colour(floor.floor));
        }
    }
    svg.push_str("</svg>\n");
    svg
}

fn marker(id: &str, size: i32) -> String {
    format!(
        "<marker id=\"{id}\" viewBox=\"0 0 10 10\" refX=\"9\" refY=\"5\" markerWidth=\"{size}\" markerHeight=\"{size}\" orient=\"auto-start-reverse\"><path d=\"M0 0 L10 5 L0 10 z\"/></marker>\n"
    )
}

fn roof(svg: &mut String) {
    let middle = WIDTH / 2;
    let _ = write!(
        svg,
        "<path class=\"roof\" d=\"M16 104 L{middle} 12 L{} 104\"/>\n\
         <text class=\"title\" x=\"{middle}\" y=\"60\" text-anchor=\"middle\">The house, drawn from its imports</text>\n\
         <text class=\"soft\" x=\"{middle}\" y=\"80\" text-anchor=\"middle\">a room is a package, a box one of its files or folders; who knows stands above what it knows</text>\n\
         <text class=\"soft\" x=\"{middle}\" y=\"97\" text-anchor=\"middle\">what follows from other arrows is left out; dashed is what closes a circle, named with its reason</text>\n",
        WIDTH - 16,
    );
}

fn colour(floor: Floor) -> &'static str {
    match floor {
        Floor::Tests => "tests",
        Floor::Shop => "shop",
        Floor::Cloudless => "cloudless",
        Floor::Core => "core",
        Floor::Services => "services",
        Floor::Kernel => "kernel",
    }
}

fn said(floor: Floor) -> &'static str {
    match floor {
        Floor::Tests => "What watches the whole",
        Floor::Shop => "What lives on the cloud",
        Floor::Cloudless => "The emulator: I/O, clocks, threads, processes",
        Floor::Core => "The World: a value, and the only one to connect services",
        Floor::Services => "Services: side by side, and they do not know each other",
        Floor::Kernel => "What all services stand on",
    }
}

fn ground(svg: &mut String, floor: &PlacedFloor<'_>) {
    let Area { x, y, width, height } = floor.area;
    let colour = colour(floor.floor);
    let _ = writeln!(
        svg,
        "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"9\" style=\"fill: var(--{colour})\"/>"
    );
}

/// What a floor is, on a ground of its own: arrows go under it.
fn label(svg: &mut String, floor: &PlacedFloor<'_>) {
    let (colour, said) = (colour(floor.floor), said(floor.floor));
    let (x, y) = (floor.area.x + 8, floor.area.y + 8);
    let width = 12 + said.len() * 36 / 5;
    let _ = writeln!(
        svg,
        "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"20\" rx=\"4\" style=\"fill: var(--{colour})\"/><text class=\"floor\" x=\"{}\" y=\"{}\">{said}</text>",
        x + 6,
        y + 14,
    );
}

fn inside(svg: &mut String, room: &PlacedRoom<'_>, colour: &str) {
    let Area { x, y, width, height } = room.area;
    let edge = format!("stroke: var(--{colour}-edge)");
    let _ = writeln!(
        svg,
        "<rect class=\"room\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"7\" style=\"{edge}\"/>"
    );
    let (name, folder) = (&room.room.name, &room.room.folder);
    let (left, first, second) = (x + 12, y + 20, y + 36);
    let _ = writeln!(svg, "<text class=\"name\" x=\"{left}\" y=\"{first}\">{name}</text>");
    let _ = writeln!(svg, "<text class=\"folder\" x=\"{left}\" y=\"{second}\">{folder}</text>");
    for (from, to) in &room.lines {
        let path = down(*from, *to);
        let _ = writeln!(svg, "<path class=\"line\" style=\"{edge}\" d=\"{path}\"/>");
    }
    for (from, to) in &room.upward {
        let _ = writeln!(svg, "<path class=\"upward\" d=\"{}\"/>", up(*from, *to));
    }
    for placed in &room.boxes {
        let Area { x, y, width, height } = placed.area;
        let _ = writeln!(
            svg,
            "<rect class=\"box\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"5\" style=\"{edge}\"/><text class=\"module\" x=\"{}\" y=\"{}\" text-anchor=\"middle\">{}</text>",
            placed.area.middle(),
            y + 15,
            placed.name,
        );
    }
}

/// From the foot of a box to the head of one below it.
fn down(from: Area, to: Area) -> String {
    let (x1, y1, x2, y2) = (from.middle(), from.bottom(), to.middle(), to.y);
    let bend = ((y2 - y1) / 2).max(6);
    format!("M{x1} {y1} C{x1} {} {x2} {} {x2} {y2}", y1 + bend, y2 - bend)
}

/// From the side of a box to the same side of one above it.
fn up(from: Area, to: Area) -> String {
    let (x1, y1) = (from.right(), from.y + from.height / 2);
    let (x2, y2) = (to.right() + 2, to.y + to.height / 2);
    let bend = x1.max(x2) + 18 + (y1 - y2) / 10;
    format!("M{x1} {y1} C{bend} {y1} {bend} {y2} {x2} {y2}")
}

/// From a room to one beside it or below it.
fn between(from: Area, to: Area) -> String {
    if from.y == to.y {
        let y = from.y + 24;
        return format!("M{} {y} L{} {y}", from.right(), to.x - 2);
    }
    let (left, right) = (from.x.max(to.x), from.right().min(to.right()));
    let (y1, y2) = (from.bottom(), to.y - 2);
    if left < right {
        let x = (left + right) / 2;
        return format!("M{x} {y1} L{x} {y2}");
    }
    let (x1, x2, bend) = (from.middle(), to.middle(), (y2 - y1) / 2);
    format!("M{x1} {y1} C{x1} {} {x2} {} {x2} {y2}", y1 + bend, y2 - bend)
}
