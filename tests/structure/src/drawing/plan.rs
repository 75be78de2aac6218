//! Where everything stands: whole pixels, and nothing but the house decides.

use std::collections::BTreeMap;

use crate::{Floor, House, Part, Room, UPWARD, reduced};

pub(super) const WIDTH: i32 = 1200;
const MARGIN: i32 = 16;
const ROOF: i32 = 112;
/// Between two floors, with room for arrows.
const FLOOR_GAP: i32 = 30;
const FLOOR_PADDING: i32 = 12;
const FLOOR_LABEL: i32 = 30;
const ROOM_GAP: i32 = 30;
const ROOM_PADDING: i32 = 12;
const ROOM_HEAD: i32 = 46;
const BOX_HEIGHT: i32 = 21;
const BOX_GAP: i32 = 7;
/// Boxes that have room do not stand further apart.
const BOX_GAP_MAX: i32 = 44;
/// Between two rows of which the upper one knows the lower one.
const ROW_GAP: i32 = 16;

/// A rectangle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Area {
    pub(super) x: i32,
    pub(super) y: i32,
    pub(super) width: i32,
    pub(super) height: i32,
}

impl Area {
    pub(super) fn middle(self) -> i32 {
        self.x + self.width / 2
    }

    pub(super) fn right(self) -> i32 {
        self.x + self.width
    }

    pub(super) fn bottom(self) -> i32 {
        self.y + self.height
    }
}

/// A module with its place.
pub(super) struct PlacedBox {
    pub(super) name: String,
    pub(super) area: Area,
}

/// A package with its place.
pub(super) struct PlacedRoom<'a> {
    pub(super) room: &'a Room,
    pub(super) area: Area,
    pub(super) boxes: Vec<PlacedBox>,
    /// From the upper to the lower.
    pub(super) lines: Vec<(Area, Area)>,
    /// From the lower to the upper.
    pub(super) upward: Vec<(Area, Area)>,
}

/// A floor with its place.
pub(super) struct PlacedFloor<'a> {
    pub(super) floor: Floor,
    pub(super) area: Area,
    pub(super) rooms: Vec<PlacedRoom<'a>>,
}

/// The whole.
pub(super) struct Plan<'a> {
    pub(super) height: i32,
    pub(super) floors: Vec<PlacedFloor<'a>>,
    /// Between rooms.
    pub(super) arrows: Vec<(Area, Area)>,
}

pub(super) fn plan(house: &House) -> Plan<'_> {
    let mut floors = Vec::new();
    let mut y = ROOF;
    for floor in Floor::ALL {
        let rooms: Vec<&Room> = house.rooms.iter().filter(|room| room.floor == floor).collect();
        let placed = floor_at(house, floor, &rooms, y);
        y = placed.area.bottom() + FLOOR_GAP;
        floors.push(placed);
    }
    let areas: BTreeMap<&str, Area> = (floors.iter())
        .flat_map(|floor| &floor.rooms)
        .map(|placed| (&*placed.room.name, placed.area))
        .collect();
    let mut arrows = Vec::new();
    for (from, others) in reduced(&house.rooms_known()) {
        arrows.extend(others.iter().map(|to| (areas[&*from.room], areas[&*to.room])));
    }
    Plan { height: y - FLOOR_GAP + MARGIN, floors, arrows }
}

fn floor_at<'a>(house: &House, floor: Floor, rooms: &[&'a Room], y: i32) -> PlacedFloor<'a> {
    let gaps = ROOM_GAP * (rooms.len() as i32 - 1);
    let free = WIDTH - 2 * MARGIN - 2 * FLOOR_PADDING - gaps;
    let widths = widths(house, rooms, free);
    let mut x = MARGIN + FLOOR_PADDING;
    let mut placed = Vec::new();
    for (room, width) in rooms.iter().zip(widths) {
        placed.push(room_at(house, room, x, y + FLOOR_LABEL + FLOOR_PADDING, width));
        x += width + ROOM_GAP;
    }
    let height = placed.iter().map(|room| room.area.height).max().unwrap_or(0);
    for room in &mut placed {
        room.area.height = height;
    }
    let area = Area {
        x: MARGIN,
        y,
        width: WIDTH - 2 * MARGIN,
        height: height + FLOOR_LABEL + 2 * FLOOR_PADDING,
    };
    PlacedFloor { floor, area, rooms: placed }
}

/// How wide rooms are: as much as their boxes need beside those of the others.
fn widths(house: &House, rooms: &[&Room], free: i32) -> Vec<i32> {
    let needs: Vec<i32> = (rooms.iter())
        .map(|room| {
            house.within(&room.name).keys().map(|part| box_width(&part.name)).sum::<i32>() + 100
        })
        .collect();
    let all: i32 = needs.iter().sum();
    let least = |room: &Room| {
        let name = box_width(&room.name) * 4 / 3;
        name.max(box_width(&room.folder)) + ROOM_PADDING
    };
    let shares = needs.iter().map(|need| free * need / all);
    let mut widths: Vec<i32> =
        shares.zip(rooms).map(|(share, room)| share.max(least(room))).collect();
    // What the small ones got more than their share, and what rounding left, is the widest one's.
    let rest = free - widths.iter().sum::<i32>();
    if let Some(widest) = widths.iter_mut().max() {
        *widest += rest;
    }
    widths
}

fn room_at<'a>(house: &House, room: &'a Room, x: i32, y: i32, width: i32) -> PlacedRoom<'a> {
    let known = house.downward(&room.name);
    let lines = reduced(&known);
    let mut places: BTreeMap<Part, Area> = BTreeMap::new();
    let mut below = y + ROOM_HEAD;
    for row in rows(room, &known) {
        let row = in_order(row, &lines, &places);
        below = place(row, (x + ROOM_PADDING, below, width - 2 * ROOM_PADDING), &mut places);
        below += ROW_GAP;
    }
    if !places.is_empty() {
        below += ROOM_PADDING - ROW_GAP;
    }
    let area_of = |name: &str| places.iter().find(|(part, _)| part.name == name).map(|it| *it.1);
    let upward = UPWARD.iter().filter(|upward| upward.room == room.name);
    PlacedRoom {
        room,
        area: Area { x, y, width, height: below - y },
        lines: (lines.iter())
            .flat_map(|(from, others)| others.iter().map(|to| (places[from], places[to])))
            .collect(),
        upward: upward.filter_map(|it| Some((area_of(it.from)?, area_of(it.to)?))).collect(),
        boxes: places.into_iter().map(|(part, area)| PlacedBox { name: part.name, area }).collect(),
    }
}

/// The parts, from those on which nothing stands; each knows only what is in lower rows. Programs know
/// their library, which all others are in.
fn rows(room: &Room, known: &BTreeMap<Part, Vec<Part>>) -> Vec<Vec<Part>> {
    let mut heights: BTreeMap<&Part, usize> = known.keys().map(|part| (part, 0)).collect();
    for _ in 0..known.len() {
        for (part, others) in known {
            let height = others.iter().map(|other| heights[other] + 1).max().unwrap_or(0);
            heights.insert(part, height);
        }
    }
    let highest = heights.values().max().copied().unwrap_or(0);
    let mut rows = vec![Vec::new(); highest + 1];
    for (part, height) in heights {
        let height = if room.is_program(&part.name) { highest } else { height };
        rows[highest - height].push(part.clone());
    }
    rows.retain(|row| !row.is_empty());
    rows
}

/// A row in the order of what stands on it.
fn in_order(
    row: Vec<Part>,
    lines: &BTreeMap<Part, Vec<Part>>,
    places: &BTreeMap<Part, Area>,
) -> Vec<Part> {
    let mut row: Vec<(i32, Part)> = (row.into_iter())
        .map(|part| {
            let above = lines.iter().filter(|(_, others)| others.contains(&part));
            let middles: Vec<i32> =
                above.filter_map(|(from, _)| Some(places.get(from)?.middle())).collect();
            let sum: i32 = middles.iter().sum();
            (if middles.is_empty() { WIDTH } else { sum / middles.len() as i32 }, part)
        })
        .collect();
    row.sort();
    row.into_iter().map(|(_, part)| part).collect()
}

/// Places boxes beside each other, in as many lines as they need, and says where that ends.
fn place(row: Vec<Part>, (x, y, width): (i32, i32, i32), places: &mut BTreeMap<Part, Area>) -> i32 {
    let needs = |part: &Part| box_width(&part.name) + BOX_GAP;
    let whole: i32 = row.iter().map(needs).sum();
    let lines_count = (whole + width - 1) / width;
    // Lines of one row are about as long as each other.
    let share = whole / lines_count.max(1);
    let mut lines: Vec<(i32, Vec<Part>)> = vec![(0, Vec::new())];
    for part in row {
        let needs = needs(&part);
        let is_full = |taken: i32| taken + needs > width + BOX_GAP || taken >= share;
        if lines.last().is_some_and(|(taken, line)| !line.is_empty() && is_full(*taken)) {
            lines.push((0, Vec::new()));
        }
        if let Some((taken, line)) = lines.last_mut() {
            *taken += needs;
            line.push(part);
        }
    }
    let mut top = y;
    for (taken, line) in lines {
        let count = line.len() as i32;
        let boxes = taken - count * BOX_GAP;
        let gap = ((width - boxes) / (count + 1)).clamp(BOX_GAP, BOX_GAP_MAX);
        let left = (width - boxes - (count - 1) * gap) / 2;
        let mut area = Area { x: x + left, y: top, width: 0, height: BOX_HEIGHT };
        for part in line {
            area.width = box_width(&part.name);
            places.insert(part, area);
            area.x += area.width + gap;
        }
        top += BOX_HEIGHT + BOX_GAP;
    }
    top - BOX_GAP
}

/// How wide a name is in a font without serifs, with what is around it.
fn box_width(name: &str) -> i32 {
    let tenths: i32 = (name.chars())
        .map(|character| match character {
            'i' | 'j' | 'l' => 30,
            'f' | 'r' | 't' | '_' | '-' => 45,
            'm' | 'w' => 95,
            _ => 66,
        })
        .sum();
    tenths / 10 + 18
}
