//! What pages name is there: links, paths, commands and parameters.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use clap::Parser as _;
use clap::error::ErrorKind;
use regex::Regex;
use serde_yaml_ng::Value;
use sluice::cli::Cli;

use crate::page::Page;
use crate::{pages, root};

/// Returns the anchors of a page, as GitHub makes them of its headings.
fn anchors(page: &Page) -> BTreeSet<String> {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let headings = page.prose().filter_map(|(_, line)| {
        let title = line.trim_start_matches('#');
        (line.starts_with('#')).then(|| title.trim())
    });
    let mut anchors = BTreeSet::new();
    for heading in headings {
        let kept = heading.to_lowercase();
        let kept = kept.chars().filter_map(|character| match character {
            ' ' => Some('-'),
            '-' | '_' => Some(character),
            _ => character.is_alphanumeric().then_some(character),
        });
        let anchor: String = kept.collect();
        let times = seen.entry(anchor.clone()).or_default();
        anchors.insert(match times {
            0 => anchor,
            _ => format!("{anchor}-{times}"),
        });
        *times += 1;
    }
    anchors
}

#[test]
fn links_lead_to_files_and_headings_that_are_there() {
    let root = root();
    let link = Regex::new(r"\]\(([^)\s]+)\)").expect("an expression");
    let pages = pages();
    let mut links = 0;
    for page in &pages {
        let folder = Path::new(&page.name).parent().expect("a folder");
        // A link's text may stand on two lines, its target does not.
        for (line, text) in page.prose() {
            for target in link.captures_iter(text).map(|found| found[1].to_owned()) {
                if target.contains("://") {
                    continue;
                }
                let (path, anchor) = target.split_once('#').unwrap_or((&target, ""));
                let path = match path {
                    "" => root.join(&page.name),
                    path => root.join(folder).join(path),
                };
                let at = format!("{}:{line}: {target}", page.name);
                let path = path.canonicalize();
                let path = path.unwrap_or_else(|error| panic!("{at}: {error}"));
                let found = pages.iter().find(|page| {
                    root.join(&page.name)
                        .canonicalize()
                        .is_ok_and(|other| other == path)
                });
                let known =
                    anchor.is_empty() || found.is_none_or(|page| anchors(page).contains(anchor));
                assert!(known, "{at}: there is no such heading");
                links += 1;
            }
        }
    }
    assert!(links > 100, "only {links} links were found");
}

#[test]
fn every_page_is_in_the_list_of_the_site_once() {
    let summary = Page::read(&root(), "docs/SUMMARY.md");
    let link = Regex::new(r"\]\(([^)]+)\)").expect("an expression");
    let folder = Path::new("docs");
    let mut listed: Vec<String> = Vec::new();
    for found in link.captures_iter(&summary.text) {
        listed.push(match found[1].strip_prefix("../") {
            Some(outside) => outside.to_owned(),
            None => folder.join(&found[1]).to_string_lossy().into_owned(),
        });
    }
    listed.sort();
    let mut there: Vec<String> = pages().into_iter().map(|page| page.name).collect();
    there.retain(|name| *name != summary.name);
    there.sort();
    assert_eq!(listed, there);
}

/// What a reader makes.
const MADE: [&str; 1] = ["definitions/coupon_import.toml"];

#[test]
fn paths_in_the_text_are_there() {
    let root = root();
    let path = Regex::new(
        r"^(\.ci|bench|definitions|docs|functions|infra|local|shared|tests|web)/[A-Za-z0-9._/-]+$",
    )
    .expect("an expression");
    let mut paths = 0;
    for page in pages() {
        // The changelog and decisions tell what was there.
        if page.name == "CHANGELOG.md" || page.name.starts_with("docs/adr/") {
            continue;
        }
        for (line, code) in page.code() {
            let code = code.trim();
            if path.is_match(code) && !MADE.contains(&code) {
                let there = root.join(code).exists();
                assert!(there, "{}:{line}: there is no {code}", page.name);
                paths += 1;
            }
        }
    }
    assert!(paths > 20, "only {paths} paths were found");
}

/// Returns the arguments of Sluice, if a piece of code is a call of it.
fn call(code: &str) -> Option<Vec<String>> {
    let run = Regex::new(r"^cargo run (--release )?(-q )?-p sluice( -- |$)").expect("one");
    let arguments = match run.find(code) {
        Some(found) => &code[found.end()..],
        None => code.strip_prefix("sluice ")?,
    };
    let quoted = Regex::new(r#"([^\s"]*"[^"]*"|\S+)"#).expect("an expression");
    let placeholder = Regex::new(r"^([A-Z]+|<.*>)$").expect("an expression");
    let arguments = quoted.find_iter(arguments).map(|found| {
        let argument = found.as_str().replace('"', "");
        placeholder.replace(&argument, "x").into_owned()
    });
    Some(arguments.collect())
}

#[test]
fn commands_in_the_text_are_ones_that_there_are() {
    let justfile = std::fs::read_to_string(root().join("justfile")).expect("the justfile");
    let verb = |verb: &str| {
        let begins = |line: &str| {
            line.starts_with(&format!("{verb}:")) || line.starts_with(&format!("{verb} "))
        };
        justfile.lines().any(begins)
    };
    let mut commands = 0;
    for page in pages() {
        for (line, code) in page.code() {
            let at = format!("{}:{line}: `{code}`", page.name);
            let code = code.trim();
            assert!(
                !code.starts_with("local ") && !code.contains("-p local "),
                "{at}: the command is called sluice"
            );
            if let Some(name) = code.strip_prefix("just ") {
                let name = name.split(' ').next().unwrap_or_default();
                assert!(verb(name), "{at}: the justfile has no {name}");
            }
            let Some(arguments) = call(code) else {
                continue;
            };
            commands += 1;
            let whole = ["sluice".to_owned()].into_iter().chain(arguments);
            if let Err(error) = Cli::try_parse_from(whole) {
                // A text may name a command without what it is about.
                let in_part = matches!(
                    error.kind(),
                    ErrorKind::MissingRequiredArgument
                        | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
                );
                assert!(in_part || !error.use_stderr(), "{at}: {error}");
            }
        }
    }
    assert!(commands > 5, "only {commands} commands were found");
}

/// Returns a whole number with a comma before each three digits.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let groups: Vec<&str> = digits
        .as_bytes()
        .rchunks(3)
        .rev()
        .map(|group| std::str::from_utf8(group).expect("digits"))
        .collect();
    groups.join(",")
}

/// Returns how the table shows a parameter's default.
fn default_shown(parameter: &Value) -> String {
    const TIB: u64 = 1 << 40;
    match parameter.get("Default") {
        None => "none".to_owned(),
        Some(Value::String(text)) if text.is_empty() => "empty".to_owned(),
        Some(Value::String(text)) => format!("`{text}`"),
        Some(Value::Number(number)) => match number.as_u64().expect("a whole number") {
            bytes if bytes.is_multiple_of(TIB) => format!("{} TiB", bytes / TIB),
            number => grouped(number),
        },
        Some(other) => panic!("a default of another kind: {other:?}"),
    }
}

#[test]
fn the_parameters_of_the_template_are_those_of_the_page_on_deployment() {
    let template = std::fs::read_to_string(root().join("infra/template.yaml")).expect("a file");
    let template: Value = serde_yaml_ng::from_str(&template).expect("a template");
    let mut parameters: BTreeMap<String, String> = BTreeMap::new();
    for (name, parameter) in template["Parameters"].as_mapping().expect("parameters") {
        let name = name.as_str().expect("a name").to_owned();
        parameters.insert(name, default_shown(parameter));
    }
    let page = Page::read(&root(), "docs/deployment.md");
    let (_, table) = page.text.split_once("## Parameters").expect("a table");
    let rows = table.lines().skip_while(|line| !line.starts_with("|---"));
    for row in rows.skip(1).take_while(|line| line.starts_with('|')) {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let names = cells[1].split(", ").map(|name| name.trim_matches('`'));
        for name in names {
            let default = parameters.remove(name);
            let default = default.unwrap_or_else(|| panic!("the template has no {name}"));
            let shown = format!(", {},", cells[2].replace(" (", ", ("));
            assert!(
                shown.contains(&format!(", {default},")) || cells[2] == default,
                "{name}: the default is {default}, the page says {}",
                cells[2]
            );
        }
    }
    assert!(parameters.is_empty(), "not on the page: {parameters:?}");
}

/// Returns the row of a table that begins with a name.
fn row<'a>(page: &'a Page, name: &str) -> Option<&'a str> {
    let mut rows = page.text.lines().filter(|line| line.starts_with('|'));
    rows.find(|row| {
        row.split('|')
            .nth(1)
            .is_some_and(|cell| cell.contains(&format!("`{name}`")))
    })
}

#[test]
fn the_page_on_operations_has_the_functions_and_queues_as_the_template_has_them() {
    let template = std::fs::read_to_string(root().join("infra/template.yaml")).expect("a file");
    let template: Value = serde_yaml_ng::from_str(&template).expect("a template");
    let globals = &template["Globals"]["Function"];
    let page = Page::read(&root(), "docs/operations.md");
    let row = |name: &str| row(&page, name).unwrap_or_else(|| panic!("{name} is not on the page"));
    let number = |value: &Value| grouped(value.as_u64().expect("a whole number"));
    let mut functions = 0;
    for (name, resource) in template["Resources"].as_mapping().expect("resources") {
        let name = name.as_str().expect("a name");
        let properties = &resource["Properties"];
        let shown = match resource["Type"].as_str() {
            Some("AWS::Serverless::Function") => {
                functions += 1;
                let of =
                    |property: &str| number(properties.get(property).unwrap_or(&globals[property]));
                format!("| {} s | {} MB |", of("Timeout"), of("MemorySize"))
            }
            Some("AWS::SQS::Queue") if properties.get("RedrivePolicy").is_some() => {
                let days = properties["MessageRetentionPeriod"]
                    .as_u64()
                    .expect("seconds")
                    / 86_400;
                format!(
                    "| {} s | {days} days |",
                    number(&properties["VisibilityTimeout"])
                )
            }
            _ => continue,
        };
        let row = row(name);
        assert!(
            row.contains(&shown),
            "{name}: {shown} in the template, {row}"
        );
    }
    assert_eq!(functions, 16);
}

#[test]
fn the_page_on_operations_has_every_setting_of_the_functions() {
    let template = std::fs::read_to_string(root().join("infra/template.yaml")).expect("a file");
    let template: Value = serde_yaml_ng::from_str(&template).expect("a template");
    let page = Page::read(&root(), "docs/operations.md");
    let resources = template["Resources"].as_mapping().expect("resources");
    let functions = resources.values().map(|resource| &resource["Properties"]);
    let places = functions.chain([&template["Globals"]["Function"]]);
    let variables = places.filter_map(|place| {
        let environment = place.get("Environment")?;
        environment["Variables"].as_mapping()
    });
    let name_of_table_or_endpoint =
        Regex::new(r"^(TABLE|ENDPOINT)_(MEMBERS|SCORES|STAFF|BACK_OFFICE)").expect("one");
    let figures = Regex::new(r"\d+").expect("an expression");
    let mut settings = 0;
    for (name, value) in variables.flatten() {
        let name = name.as_str().expect("a name");
        let shown = name_of_table_or_endpoint.replace(name, "${1}_<NAME>");
        let row = row(&page, &shown).unwrap_or_else(|| panic!("{shown} is not on the page"));
        // What comes from a parameter or a resource has no value here.
        let is_number = |text: &&str| text.parse::<u64>().is_ok();
        if let Some(number) = value.as_str().filter(is_number) {
            let mut figures = figures.find_iter(row).map(|figure| figure.as_str());
            assert!(
                figures.any(|figure| figure == number),
                "{name} is {number}: {row}"
            );
        }
        settings += 1;
    }
    assert!(settings > 20, "only {settings} settings were found");
}
