//! Each rule of docs/scaling-rules.md has a story that is there and names the page from which the rule is.
#![expect(clippy::unwrap_used, reason = "a test says what is wrong by stopping")]

use std::fs;

use structure::House;

const PAGE: &str = "docs/scaling-rules.md";
/// What stands where AWS says nothing.
const NOT_AWS: [&str; 2] = ["observed", "ours"];

/// What a row of a table says.
struct Rule {
    rule: String,
    /// As the page's links are called: the last part of their addresses.
    pages: Vec<String>,
    source: String,
    /// Name and file of each story.
    stories: Vec<(String, String)>,
}

/// `[text]` or `[text](target)`, each with its target or nothing.
fn links(text: &str) -> Vec<(String, Option<String>)> {
    let mut found = Vec::new();
    for part in text.split('[').skip(1) {
        let Some((name, rest)) = part.split_once(']') else { continue };
        let target = rest.strip_prefix('(').and_then(|rest| rest.split_once(')'));
        found.push((name.to_owned(), target.map(|(target, _)| target.to_owned())));
    }
    found
}

fn rules(page: &str) -> Vec<Rule> {
    let rows = page.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| rule |"));
    let rule = |line: &str| {
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        assert_eq!(cells.len(), 4, "a row has four cells: {line}");
        Rule {
            rule: cells[0].to_owned(),
            pages: links(cells[2]).into_iter().map(|(name, _)| name).collect(),
            source: cells[2].to_owned(),
            stories: links(cells[3])
                .into_iter()
                .map(|(name, target)| (name, target.unwrap().trim_start_matches("../").to_owned()))
                .collect(),
        }
    };
    rows.map(rule).collect()
}

/// The comment above a function, and whether it is there at all.
fn comment_above(source: &str, name: &str) -> Option<String> {
    let lines: Vec<&str> = source.lines().map(str::trim).collect();
    let is_it = |line: &&str| line.contains(&format!("fn {name}("));
    let at = lines.iter().position(is_it)?;
    let above = lines[..at].iter().rev();
    let above = above.take_while(|line| line.starts_with("///") || line.starts_with("#["));
    let mut above: Vec<&str> = above.copied().collect();
    above.reverse();
    Some(above.join(" "))
}

#[test]
fn each_rule_of_scaling_has_a_story_that_names_its_page() {
    let page = fs::read_to_string(House::root().join(PAGE)).unwrap();
    let rules = rules(&page);
    assert!(rules.len() > 40, "{} rules", rules.len());
    let mut complaints = Vec::new();
    for Rule { rule, pages, source, stories } in rules {
        let is_said = pages.iter().all(|name| {
            let address = format!("\n[{name}]: https://docs.aws.amazon.com/");
            page.contains(&address) && page.contains(&format!("/{name}.html"))
        });
        if !is_said || (pages.is_empty() && !NOT_AWS.iter().any(|word| source.contains(word))) {
            complaints.push(format!("{rule}: says neither a page of AWS nor that there is none"));
        }
        if stories.is_empty() {
            complaints.push(format!("{rule}: has no story"));
        }
        let mut is_named = pages.is_empty();
        for (name, file) in stories {
            let Ok(text) = fs::read_to_string(House::root().join(&file)) else {
                complaints.push(format!("{rule}: there is no {file}"));
                continue;
            };
            // A scenario is a file of its own.
            let comment = match file.ends_with(".rs") {
                true => comment_above(&text, &name),
                false => Some(text),
            };
            match comment {
                Some(comment) => is_named |= pages.iter().any(|page| comment.contains(&**page)),
                None => complaints.push(format!("{rule}: there is no {name} in {file}")),
            }
        }
        if !is_named {
            complaints.push(format!("{rule}: no story names one of {}", pages.join(", ")));
        }
    }
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}
